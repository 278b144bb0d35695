using System.Net;

namespace Understudy.Core.Settings;

/// <summary>Who grants claims.</summary>
public abstract record ArbiterSettings
{
    private ArbiterSettings()
    {
    }

    /// <summary>Nobody: a bare pair, which cannot promise that a duty has one holder when it is cut in two.</summary>
    public sealed record None : ArbiterSettings;

    /// <summary>A third host that runs <c>understudy witness</c>.</summary>
    /// <param name="Addresses">1..8 addresses of the one witness, tried alike.</param>
    /// <param name="Ttl">How long a claim lives at the witness, 200 ms..60 s.</param>
    /// <param name="FenceMargin">How long before the claim ends its holder must have let go.</param>
    /// <param name="Promises">Keep serving while the witness is away if all other candidates promise not to claim.</param>
    /// <param name="State">Path of the file in which the witness keeps its epochs; used by the witness alone.</param>
    public sealed record Witness(ValueList<IPAddress> Addresses, TimeSpan Ttl, TimeSpan FenceMargin, bool Promises, string State)
        : ArbiterSettings
    {
        /// <summary>How often a holder renews: a sixth of the TTL, so that several answers may be lost, and no more often than each 20 ms.</summary>
        public TimeSpan RenewEvery => RenewEveryOf(Ttl);

        /// <summary>For how long after the request was sent a holder may serve, when its stop takes so long: TTL - margin - stop.</summary>
        public TimeSpan ServeFor(TimeSpan stopLimit) => Ttl - FenceMargin - stopLimit;
    }

    /// <summary>The TTL unless set: the shortest that the kernel's address lifetime, with its grain of 1 s, still covers.</summary>
    public static TimeSpan DefaultTtl => TimeSpan.FromMilliseconds(1500);

    public const string DefaultState = "/var/lib/understudy/witness.json";

    /// <summary>A sixth of the TTL, at least 60 ms: room for a late scheduler and for clocks that run 1 % apart.</summary>
    public static TimeSpan FenceMarginOf(TimeSpan ttl) => Spans.Longer(TimeSpan.FromMilliseconds(60), ttl / 6);

    public static TimeSpan RenewEveryOf(TimeSpan ttl) => Spans.Longer(TimeSpan.FromMilliseconds(20), ttl / 6);


    /// <summary>What is wrong with a stop limit under a witness' TTL, with the numbers; null when two renewals fit.</summary>
    internal static string? StopProblem(Witness witness, TimeSpan stop)
    {
        var (left, needed) = (witness.ServeFor(stop), 2 * witness.RenewEvery);
        return left >= needed
            ? null
            : $"ttl {Scalars.Say(witness.Ttl)} - fence_margin {Scalars.Say(witness.FenceMargin)}{(stop > TimeSpan.Zero ? $" - stop_limit {Scalars.Say(stop)}" : "")} = "
            + $"{Scalars.Say(left)}, must be at least {Scalars.Say(needed)}: two renewals, one each {Scalars.Say(witness.RenewEvery)}";
    }

    internal static ArbiterSettings Read(Section at, FileSoFar file, SettingsRole role, bool needed)
    {
        var arbiter = at.Either<ArbiterSettings>("arbiter", Section.OneOf<ArbiterSettings>("{ witness: [ADDRESS] }", ("none", new None())), s => ReadWitness(s, file),
            new("word, or a mapping", "required", "none, { witness: [ADDRESS] }",
                "Who grants claims: a third host that runs `understudy witness`, or `none`. Without one, exclusivity is not guaranteed when the hosts are cut from each other.",
                "{ witness: [ADDRESS] } or, for a bare pair, none"), fallback: new None(), needed);
        at.Require("arbiter", role == SettingsRole.Candidate || arbiter is Witness, "is none, and so there is nothing for a witness to do");
        return arbiter;
    }

    private static Witness ReadWitness(Section at, FileSoFar file)
    {
        var addresses = at.Values("witness", file.NotYetOwned(Scalars.LinkAddress, "an address of the witness"), 1, 8,
            new("address, or a list of them", "required", "1..8", "Addresses of the one witness, a third host.", "the witness' address, or 'arbiter: none'"));
        var ttl = at.Span("ttl", DefaultTtl, "200ms", "60s",
            "How long a claim lives when it is not renewed: the outage when a host dies. Under 1500ms, a freeze of all our processes at once is not covered.");
        var witness = new Witness(addresses, ttl,
            FenceMargin: at.Span("fence_margin", FenceMarginOf(ttl), "10ms", "30s",
                "How long before the claim ends its holder has let go: room for a late scheduler and for clocks that differ in rate. What is left of the TTL after it and after "
                + "the command's `stop_limit` must hold two renewals, one each sixth of the TTL, or each 20ms if that is longer.", says: "a sixth of `ttl`, at least 60ms"),
            Promises: at.Flag("promises", fallback: true, "Keep serving while the witness is away if all other candidates promise not to claim."),
            State: at.Value("state", Scalars.Path, new("path", DefaultState, "", "The file in which the witness keeps its epochs. Candidates do not read it."), DefaultState));
        at.Require("fence_margin", StopProblem(witness, TimeSpan.Zero) is null, StopProblem(witness, TimeSpan.Zero) ?? "", "ttl");
        at.WarnWhen("ttl", ttl < DefaultTtl,
            $"is {Scalars.Say(ttl)}, so a freeze of all our processes at once is not covered: then only the kernel's address lifetime can end the address, "
            + $"and its grain is 1 s; {Scalars.Say(DefaultTtl)} or more is covered");
        at.WarnWhen("ttl", file.Heartbeat is { } h && h.DeadAfter > ttl,
            $"is {Scalars.Say(ttl)}, shorter than heartbeat.dead_after {Scalars.Say(file.Heartbeat?.DeadAfter ?? default)}: a claim has long ended before its holder is missed, "
            + "and a take-over waits for dead_after");
        return witness;
    }
}

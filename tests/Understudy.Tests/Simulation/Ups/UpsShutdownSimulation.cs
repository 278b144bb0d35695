using Understudy.Core;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Simulation;

/// <summary>One rule of a shutdown that is broken on purpose.</summary>
public enum ShutdownBreach
{
    None = 0,

    /// <summary>A lost answer counts as a refusal.</summary>
    GoesOnAfterSilence,

    /// <summary>A driver that did not end counts as one that failed.</summary>
    GoesOnAfterNoEnd,

    /// <summary>A device that does not say whether it counts down counts as one that does not.</summary>
    GoesOnUnseen,

    /// <summary>The end is told as success whatever it was, as NUT's own failover driver does.</summary>
    ClaimsSuccess,

    /// <summary>The next driver is commanded as well, to be sure.</summary>
    CommandsTheNextToo,

    /// <summary>What was done is not written down.</summary>
    ForgetsTheJournal,

    /// <summary>A second caller does not look at whom the first one, which was killed or got no answer, had asked.</summary>
    ForgetsWhoWasAsked,

    /// <summary>What an earlier boot did counts.</summary>
    TakesAnyBoot,
}

/// <summary>
/// Shutdowns of one device over several drivers that run, hang, refuse, lose their answers, lie, or are not there, asked for by one caller after the other. The plan and its journal are the production
/// ones; what a step comes to is drawn. The device counts what it was told.
/// </summary>
public sealed class UpsShutdownSimulation(ITestOutputHelper output)
{
    /// <summary>
    /// One command per decision: nobody else is commanded while it is not known that the one before did not act; who confirmed is the last; success is told where a driver confirmed, and only there; a
    /// second caller finds it done; and no driver is left out while none has acted.
    /// </summary>
    [Fact]
    public void A_device_is_commanded_once_and_the_truth_is_told() => Campaign(Campaigns.IsLong ? 20_000 : 5_000);

    [Fact(Explicit = true)]
    public void And_so_in_a_million_worlds() => Campaign(Campaigns.LongWorlds ?? 1_000_000);

    [Theory]
    [InlineData(ShutdownBreach.GoesOnAfterSilence)]
    [InlineData(ShutdownBreach.GoesOnAfterNoEnd)]
    [InlineData(ShutdownBreach.GoesOnUnseen)]
    [InlineData(ShutdownBreach.ClaimsSuccess)]
    [InlineData(ShutdownBreach.CommandsTheNextToo)]
    [InlineData(ShutdownBreach.ForgetsTheJournal)]
    [InlineData(ShutdownBreach.ForgetsWhoWasAsked)]
    [InlineData(ShutdownBreach.TakesAnyBoot)]
    public void A_shutdown_with_a_rule_broken_is_caught(ShutdownBreach breach)
    {
        for (var seed = 1UL; seed <= 2000; seed++)
        {
            if (new World(seed, breach).Run() is { } what)
            {
                output.WriteLine($"{breach}: seed {seed}, {what}");
                return;
            }
        }

        Assert.Fail($"2000 worlds, and {breach} was never noticed");
    }

    private void Campaign(int worlds)
    {
        var met = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < worlds; i++)
        {
            var seed = Campaigns.Seed + (ulong)i;
            var world = new World(seed, ShutdownBreach.None);
            var what = world.Run();
            Assert.True(what is null, $"seed {seed}: {what}\n{string.Join('\n', world.Trace)}");
            foreach (var name in world.Met)
            {
                met[name] = met.GetValueOrDefault(name) + 1;
            }
        }

        foreach (var (name, count) in met)
        {
            output.WriteLine($"{name}: {count}");
        }

        Assert.All(["commanded over a socket", "commanded by -k", "seen counting down", "unknown", "nobody acted", "second caller", "another boot", "long ago", "killed"], name => Assert.True(met.ContainsKey(name), $"'{name}' was never met"));
    }

    /// <summary>How one driver is today.</summary>
    /// <param name="Honest">Its yes means that the device was told.</param>
    private sealed record Driver(bool Answers, bool Knows, bool TellsTimer, bool Honest, int Mood);

    private sealed class World(ulong seed, ShutdownBreach breach)
    {
        private readonly Dice dice = new(seed);
        private readonly List<string> journal = [];
        private Instant now = new Instant(0) + TimeSpan.FromMinutes(5);
        private Driver[] drivers = [];
        private string? broken;

        /// <summary>Who may have acted in this decision: it was commanded, and nothing says that it did not.</summary>
        private int open = -1;

        /// <summary>When the journal was written last: what it says holds for so long.</summary>
        private Instant lastLine = new(0);


        private bool confirmed;
        private int acted;
        private HashSet<int> reached = [];

        internal List<string> Trace { get; } = [];

        internal HashSet<string> Met { get; } = new(StringComparer.Ordinal);

        internal string? Run()
        {
            var boot = "boot-1";
            Instant? commandedAt = null;
            var places = 1 + dice.Below(4);
            for (var caller = 0; caller < 5 && broken is null; caller++)
            {
                drivers = [.. Enumerable.Range(0, places).Select(_ => new Driver(dice.PerMille(600), dice.PerMille(700), dice.PerMille(500), dice.PerMille(900), dice.Below(6)))];
                if (now >= lastLine + ShutdownRecord.Holds)
                {
                    (open, acted, confirmed) = (-1, 0, false);
                }

                var done = ShutdownRecord.Objection(Records(), breach == ShutdownBreach.TakesAnyBoot ? "boot-1" : boot, now);
                Trace.Add($"caller {caller} of {boot} at {now}: {done ?? "begins"}");
                if (done is not null != (commandedAt is { } at && now < at + ShutdownRecord.Holds))
                {
                    Break(done is null ? "a second caller begins anew" : "nothing was commanded, and a caller is sent away");
                }

                if (done is not null)
                {
                    Met.Add("second caller");
                }
                else if (Caller(boot))
                {
                    commandedAt = now;
                }

                if (acted > 1)
                {
                    Break($"the device was told {acted} times in one decision");
                }

                now += TimeSpan.FromSeconds(dice.Below(60));
                switch (dice.Below(8))
                {
                    case 0:
                        (boot, commandedAt) = ($"boot-{caller + 2}", null);
                        (open, acted, confirmed) = (-1, 0, false);
                        now = new Instant(0) + TimeSpan.FromMinutes(1 + dice.Below(5));
                        lastLine = now;
                        Met.Add("another boot");
                        break;
                    case 1:
                        now += ShutdownRecord.Holds;
                        Met.Add("long ago");
                        break;
                }
            }

            return broken;
        }

        private IEnumerable<ShutdownRecord> Records() => journal.Select(ShutdownRecord.Parse).OfType<ShutdownRecord>();

        /// <summary>One caller, as ShutdownRun has it. True when it tells that the device was commanded.</summary>
        private bool Caller(string boot)
        {
            (confirmed, reached) = (false, []);
            var names = drivers.Select((_, i) => $"driver-{i}").ToValueList();
            var unsettled = ShutdownRecord.Unsettled(Records(), boot, now) is { } source ? names.ToList().IndexOf(source) : -1;
            if (open >= 0 && unsettled != open)
            {
                Break($"driver {open} may have acted, and that is forgotten");
            }

            unsettled = breach == ShutdownBreach.ForgetsWhoWasAsked ? -1 : unsettled;
            var order = Enumerable.Range(0, drivers.Length).OrderBy(_ => dice.Next()).ToValueList();
            var commands = dice.PerMille(300) ? (ValueList<string>)["shutdown.return", "load.off"] : [];
            var plan = new ShutdownPlan(names, order, commands, unsettled);
            for (var steps = 0; plan.Step is not ShutdownStep.End && broken is null; steps++)
            {
                if (steps > (drivers.Length * (commands.Count + 4)) + 1)
                {
                    Break("it does not end");
                }

                if ((plan.Step is ShutdownStep.Ask ask ? ask.Source : plan.Step is ShutdownStep.Execute execute ? execute.Source : -1) is >= 0 and var about)
                {
                    Write(new ShutdownRecord(boot, now, ShutdownWord.Begun, names[about], "is asked"));
                    if (dice.PerMille(30))
                    {
                        Trace.Add("killed before the deed");
                        return false;
                    }
                }
                else
                {
                    about = -1;
                }

                var fact = Perform(plan.Step);
                Trace.Add($"{plan.Step}: {fact}");
                if (about >= 0 && dice.PerMille(30))
                {
                    // What its driver said is lost with it.
                    Trace.Add("killed behind the deed");
                    Met.Add("killed");
                    (open, confirmed) = (confirmed ? about : open, false);
                    return false;
                }

                now += TimeSpan.FromSeconds(dice.Below(10));
                plan.Next(fact);
            }

            if (plan.Step is not ShutdownStep.End end)
            {
                return false;
            }

            end = breach == ShutdownBreach.ClaimsSuccess ? end with { Commanded = true } : end;
            Trace.Add(end.ToString());
            if (end.Commanded != confirmed)
            {
                Break(end.Commanded ? "success is claimed, and no driver confirmed" : "a driver confirmed, and that is not told");
            }

            if (!confirmed && open >= 0 && end.Unsettled != open)
            {
                Break($"driver {open} may have acted, and driver {end.Unsettled} is told");
            }

            if (!confirmed && end.Unsettled < 0 && reached.Count < drivers.Length)
            {
                Break($"it ends after {reached.Count} of {drivers.Length} drivers, and none has acted");
            }

            Met.Add(confirmed ? "commanded" : end.Unsettled >= 0 ? "unknown" : "nobody acted");
            Write(new ShutdownRecord(boot, now, end.Commanded ? ShutdownWord.Commanded : end.Unsettled >= 0 ? ShutdownWord.Unknown : ShutdownWord.Refused, end.Unsettled >= 0 ? names[end.Unsettled] : ShutdownRecord.All, end.Why));
            return end.Commanded;
        }

        private void Write(ShutdownRecord record)
        {
            lastLine = now;
            if (breach != ShutdownBreach.ForgetsTheJournal)
            {
                journal.Add(record.Text());
            }
        }

        private ShutdownFact Perform(ShutdownStep step) => step switch
        {
            ShutdownStep.Call call => Call(call.Source),
            ShutdownStep.Ask ask => Ask(ask.Source),
            ShutdownStep.Execute execute => Execute(execute.Source),
            ShutdownStep.Observe observe => Observe(observe.Source),
            _ => throw new InvalidOperationException(step.ToString()),
        };

        private ShutdownFact Call(int source)
        {
            reached.Add(source);
            return drivers[source].Answers ? new ShutdownFact.Answers() : new ShutdownFact.Silent("no PONG");
        }

        private ShutdownFact Ask(int source)
        {
            Told(source);
            if (!drivers[source].Knows)
            {
                return new ShutdownFact.Answered(dice.OneOf<CommandResult>([CommandResult.Unknown, CommandResult.Invalid, CommandResult.ConversionFailed]));
            }

            switch (drivers[source].Mood)
            {
                case < 3:
                    acted += drivers[source].Honest ? 1 : 0;
                    Met.Add("commanded over a socket");
                    return Confirmed(new ShutdownFact.Answered(CommandResult.Handled));
                case 3:
                    return new ShutdownFact.Answered(CommandResult.Failed);
                default:
                    // It is lost on the way there or on the way back: nobody can tell.
                    acted += dice.Below(2);
                    open = source;
                    return breach == ShutdownBreach.GoesOnAfterSilence ? new ShutdownFact.Answered(CommandResult.Failed) : new ShutdownFact.NoAnswer("the driver died");
            }
        }

        private ShutdownFact Execute(int source)
        {
            if (drivers[source].Mood == 5)
            {
                return new ShutdownFact.NotStarted("not there");
            }

            Told(source);
            switch (drivers[source].Mood)
            {
                case < 2:
                    acted += drivers[source].Honest ? 1 : 0;
                    Met.Add("commanded by -k");
                    return Confirmed(new ShutdownFact.Exited(0));
                case < 4:
                    return new ShutdownFact.Exited(1);
                default:
                    acted += dice.Below(2);
                    open = source;
                    return breach == ShutdownBreach.GoesOnAfterNoEnd ? new ShutdownFact.Exited(1) : new ShutdownFact.NoEnd("signal 9 ended it");
            }
        }

        private ShutdownFact.Seen Observe(int source)
        {
            if (open >= 0 && source != open)
            {
                Break($"driver {source} is looked at, and {open} was asked");
            }

            if (!drivers[source].TellsTimer)
            {
                return new ShutdownFact.Seen(breach == ShutdownBreach.GoesOnUnseen ? false : null);
            }

            if (acted == 0)
            {
                open = -1;
                return new ShutdownFact.Seen(false);
            }

            Met.Add("seen counting down");
            return Confirmed(new ShutdownFact.Seen(true));
        }

        /// <summary>A command leaves for a driver.</summary>
        private void Told(int source)
        {
            if (open >= 0 || confirmed)
            {
                Break($"driver {source} is commanded, and {(confirmed ? "one has confirmed" : $"driver {open} may have acted")}");
            }
        }

        private T Confirmed<T>(T fact)
            where T : ShutdownFact
        {
            confirmed = true;
            if (breach == ShutdownBreach.CommandsTheNextToo && drivers.Length > 1)
            {
                Told(0);
            }

            open = -1;
            return fact;
        }

        private void Break(string what) => broken ??= what;
    }
}

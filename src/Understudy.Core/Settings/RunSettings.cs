namespace Understudy.Core.Settings;

/// <summary>The command that serves a duty, called with a verb: start stop fail recover reclaim up down.</summary>
/// <param name="Path">Absolute path of an executable file.</param>
/// <param name="StartLimit">How long <c>start</c> may take, 10 ms..10 min.</param>
/// <param name="StopLimit">How long <c>stop</c> may take before its process group is killed, 10 ms..60 s. It is taken off the time that a
/// claim may be used, as a holder must have stopped when the claim ends.</param>
/// <param name="OtherLimit">How long each other verb may take, 10 ms..10 min.</param>
public sealed record RunSettings(string Path, TimeSpan StartLimit, TimeSpan StopLimit, TimeSpan OtherLimit)
{
    /// <summary>The command of this path with the limits that a file gets that gives a path alone.</summary>
    public static RunSettings Of(string path) =>
        new(path, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));


    internal static RunSettings? Read(Section at, FileSoFar file)
    {
        var run = at.Either<RunSettings?>("run", Lone, s => ReadMapping(s, file), new("path, or a mapping", "none", "",
            "The command that serves, called with the verb start, stop, fail, recover, reclaim, up or down. A path alone has the limits below."), fallback: null);
        if (run is not null && at.IsGoodAt("run") && file.Arbiter is ArbiterSettings.Witness w && ArbiterSettings.StopProblem(w, run.StopLimit) is { } problem)
        {
            at.Fail("run", problem);
        }

        return run;
    }

    private static RunSettings ReadMapping(Section at, FileSoFar file)
    {
        var usual = Of("");
        var run = new RunSettings(
            at.Needed("path", Scalars.Path, new("path", "required", "", "An executable file.", "the path of an executable file"), ""),
            StartLimit: at.Span("start_limit", usual.StartLimit, "10ms", "10m", "How long `start` may take."),
            StopLimit: at.Span("stop_limit", usual.StopLimit, "10ms", "60s",
                "How long `stop` may take before its processes are killed. It counts against the TTL, as a holder must have stopped when its claim ends."),
            OtherLimit: at.Span("other_limit", usual.OtherLimit, "10ms", "10m", "How long each other verb may take."));
        if (file.Arbiter is ArbiterSettings.Witness w && ArbiterSettings.StopProblem(w, run.StopLimit) is { } problem)
        {
            at.Require("stop_limit", holds: false, problem);
        }

        return run;
    }

    private static string? Lone(string text, out RunSettings? value)
    {
        value = Of(text);
        return Scalars.Path(text, out _);
    }
}

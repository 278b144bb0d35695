using System.Globalization;
using System.Runtime.InteropServices;
using static Understudy.Core.Evidence.ProbeReading;

namespace Understudy.Core.Evidence;

/// <summary>How many readings make a judgement.</summary>
/// <param name="Every">From one reading to the next, more than zero.</param>
/// <param name="Fails">So many Bad in a row are Failed; at least 1.</param>
/// <param name="Rises">So many Good in a row are Healthy; at least 1.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ProbeRule(TimeSpan Every, int Fails, int Rises)
{
    /// <summary>How long a belief outlives the last reading: three times what a failure takes to be judged, so that a few
    /// unread turns change nothing, and a probe that has gone blind does not vouch for its subject for ever.</summary>
    public TimeSpan BlindAfter => Every * (3L * Fails);
}

/// <summary>Judges one subject by the readings of one probe.</summary>
/// <remarks>Failed after <see cref="ProbeRule.Fails"/> Bad in a row, Healthy after <see cref="ProbeRule.Rises"/> Good in a row; a subject that was
/// healthy, or was never judged, is Suspect from its first Bad until one of the two. What is Failed stays Failed until enough Good in a
/// row: were it Suspect from the first Good, "not Failed" would let a service that answers now and then be given the duty again and again.
/// A subject that was never judged stays Unknown while it only answers well: nothing speaks against it yet.
/// Unread counts neither way; only when nothing was read for <see cref="ProbeRule.BlindAfter"/> does the verdict become Unknown, and
/// the readings from before that gap are not counted together with those after it.</remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ProbeJudge
{
    private readonly ProbeRule rule;
    private readonly Health health;
    private readonly Instant since;

    // The current row of equal readings: how many, whether good, when the first and the last were made, and the last one's words.
    private readonly int row;
    private readonly bool good;
    private readonly Instant rowFrom;
    private readonly Instant lastRead;
    private readonly string? detail;
    private readonly string? unread;

    /// <summary>A judge that knows nothing yet.</summary>
    /// <param name="rule">How many readings make a judgement.</param>
    /// <param name="subject">What the probe looks at, for the evidence while nothing was read: <c>http://127.0.0.1:8080/health</c>.</param>
    /// <param name="at">When the looking began.</param>
    public ProbeJudge(ProbeRule rule, string subject, Instant at)
    {
        this.rule = rule;
        Subject = subject;
        since = rowFrom = lastRead = at;
    }

    private ProbeJudge(
        ProbeJudge was, Health health, Instant at, int row, bool good, Instant rowFrom, Instant lastRead, string? detail, string? unread)
    {
        rule = was.rule;
        Subject = was.Subject;
        this.health = health;
        since = health == was.health ? was.since : at;
        this.row = row;
        this.good = good;
        this.rowFrom = rowFrom;
        this.lastRead = lastRead;
        this.detail = detail;
        this.unread = unread;
    }

    public string Subject { get; }

    /// <summary>What the verdict says, without its sentence: for whoever asks after each reading.</summary>
    public Health Health => health;

    public Verdict Verdict => new(health, since, Evidence);

    /// <summary>When the first of the current row of Bad readings was made; null while the last reading was Good, or none counts.</summary>
    public Instant? BadSince => row > 0 && !good ? rowFrom : null;

    /// <summary>When the last reading that counts was made, Good or Bad; null while none does. Unread is no reading.</summary>
    public Instant? ReadAt => row > 0 ? lastRead : null;

    /// <summary>When <see cref="Look"/> would change the verdict if nothing is read until then; null where it is Unknown already.</summary>
    public Instant? Deadline => health == Health.Unknown && row == 0 ? null : lastRead + rule.BlindAfter;

    private string Evidence =>
        row == 0 && unread is null ? $"{Subject} was not read yet"
        : row == 0 ? $"{Subject} could not be read: {unread}"
        : $"{detail}{Times()}{(unread is null ? "" : $"; not read since then: {unread}")}";

    /// <summary>Takes one reading. Readings of one probe come in order; a stamp before the last one is taken as the last one's.</summary>
    public ProbeJudge Hear(ProbeReading reading, Instant at)
    {
        var judge = Look(at);
        var now = Instant.Later(at, judge.lastRead);
        return reading switch
        {
            Good e => judge.Count(isGood: true, e.Detail, now),
            Bad e => judge.Count(isGood: false, e.Detail, now),
            Unread e => new(judge, judge.health, now, judge.row, judge.good, judge.rowFrom, judge.lastRead, judge.detail, e.Reason),
            _ => throw new System.Diagnostics.UnreachableException(reading.ToString()),
        };
    }

    /// <summary>Forgets what is too old to be believed. Drain the readings that have arrived before you look.</summary>
    public ProbeJudge Look(Instant now) => Deadline is { } blind && now >= blind
        ? new(this, Health.Unknown, now, row: 0, good: false, now, lastRead, detail: null,
            unread ?? string.Create(CultureInfo.InvariantCulture, $"no reading for {Span(now - lastRead)}"))
        : this;

    private ProbeJudge Count(bool isGood, string words, Instant now)
    {
        var goesOn = row > 0 && good == isGood;
        var count = goesOn ? row == int.MaxValue ? row : row + 1 : 1;   // a row of 68 years at 1 s stops counting
        var judged = isGood
            ? count >= rule.Rises ? Health.Healthy : health
            : count >= rule.Fails || health == Health.Failed ? Health.Failed : Health.Suspect;
        return new(this, judged, now, count, isGood, goesOn ? rowFrom : now, now, words, unread: null);
    }

    private string Times() =>
        good && health != Health.Healthy
            ? string.Create(CultureInfo.InvariantCulture, $", {row} of the {rule.Rises} times in a row that make it healthy")
        : row == 1 ? ", once"
        : string.Create(CultureInfo.InvariantCulture, $", {row} times in a row over {Span(lastRead - rowFrom)}");

    private static string Span(TimeSpan span) => span < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");
}

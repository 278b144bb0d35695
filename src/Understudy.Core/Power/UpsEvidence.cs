using System.Globalization;
using Understudy.Core.Evidence;

namespace Understudy.Core.Power;

/// <summary>
/// What a UPS's words say of the mains that feed it (UpsEvidenceTests has the table). Good: the mains are there. Bad: the UPS itself says that they are gone, which is evidence and no lack of it. Everything
/// that upsd does not know at the moment is Unread: a restarted upsd or a glitch on its cable is no outage.
/// </summary>
public static class UpsEvidence
{
    /// <summary>The variable that <see cref="Mains"/> reads.</summary>
    public const string Status = "ups.status";

    /// <summary>The variable that <see cref="Charge"/> reads.</summary>
    public const string BatteryCharge = "battery.charge";

    /// <param name="answer">To a question for <see cref="Status"/>.</param>
    /// <param name="subject">For the words: <c>nut ups@10.0.0.5</c>.</param>
    public static ProbeReading Mains(UpsdAnswer answer, string subject)
    {
        if (answer is not UpsdAnswer.Value { Text: var status })
        {
            return new ProbeReading.Unread($"{subject}: {Why(answer)}");
        }

        var tokens = status.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(t => t.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal);
        if (tokens.Contains("WAIT"))
        {
            return new ProbeReading.Unread($"{subject}: the driver does not know yet (WAIT)");
        }

        // A UPS that tests or calibrates its battery draws from it by its own will; that the mains went meanwhile it tells by staying on battery afterwards.
        var (online, battery, test) = (tokens.Contains("OL"), tokens.Contains("OB"), tokens.Contains("CAL") || tokens.Contains("TEST"));
        return (online, battery, test) switch
        {
            (_, true, true) => new ProbeReading.Unread($"{subject} is on battery by a test of its own ({status})"),
            (_, true, false) => new ProbeReading.Bad($"{subject} is on battery ({status})"),      // also OL with OB: the worse word of a contradiction
            (true, false, _) => new ProbeReading.Good($"{subject} is on line ({status})"),        // also with BYPASS, OFF or FSD: they are about its output
            _ => new ProbeReading.Unread($"{subject} says nothing about its mains ({(status.Length == 0 ? "no status" : status)})"),
        };
    }

    /// <param name="answer">To a question for <see cref="BatteryCharge"/>.</param>
    /// <returns>Percent, 0..100.</returns>
    public static Measure Charge(UpsdAnswer answer, string subject) => answer switch
    {
        UpsdAnswer.Value { Text: var text } when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
            => new Measure.Taken(percent, string.Create(CultureInfo.InvariantCulture, $"{subject}: battery at {percent:0.#} %")),
        UpsdAnswer.Value { Text: var text } => new Measure.Unread($"{subject}: '{text}' is no charge in percent"),
        _ => new Measure.Unread($"{subject}: {Why(answer)}"),
    };

    private static string Why(UpsdAnswer answer) => answer switch
    {
        UpsdAnswer.Refused { Error: "DATA-STALE" } => "the driver has no fresh data (DATA-STALE)",
        UpsdAnswer.Refused { Error: "DRIVER-NOT-CONNECTED" } => "upsd has no connection to the driver (DRIVER-NOT-CONNECTED)",
        UpsdAnswer.Refused { Error: "UNKNOWN-UPS" } => "upsd has no UPS of that name (UNKNOWN-UPS)",
        UpsdAnswer.Refused refused => $"upsd refused: {refused.Error}",
        UpsdAnswer.None none => none.Why,
        _ => answer.ToString(),
    };
}

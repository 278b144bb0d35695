using System.Globalization;
using Understudy.Core.Settings;
using static Understudy.Core.Power.GuardEffect;

namespace Understudy.Core.Power;

/// <summary>A turn in the making: one call's own notebook, which nobody else sees.</summary>
internal sealed class GuardDraft(GuardRules rules, GuardState before, Instant now)
{
    private static readonly ValueList<GuardEffect> s_nothing = [];
    private readonly GuardState before = before;
    private List<GuardEffect>? effects;
    private string reason = "";
    private bool telling;

    internal GuardRules Rules { get; } = rules;

    internal Instant Now { get; } = now;

    internal GuardState State { get; set; } = before;

    internal bool Settles => Now < State.SettleUntil;

    /// <summary>What happened, as news.</summary>
    internal void Say(string text)
    {
        Mention(text);
        telling = true;
    }

    /// <summary>What happened, where it is as expected and happens again and again.</summary>
    internal void Mention(string text) => reason = reason.Length == 0 ? text : $"{reason}; {text}";

    /// <summary>News that a person should hear of even when nobody asks.</summary>
    internal void Raise(string text)
    {
        Say(text);
        Order(new Alarm($"{Rules.Name}: {text}"));
    }

    internal void Order(GuardEffect effect) => (effects ??= []).Add(effect);

    internal GuardTurn End()
    {
        var (s, b) = (State, before);
        var moved = s.Mains.Verdict != b.Mains.Verdict || s.Due is null != b.Due is null || s.Begun != b.Begun || s.SettleUntil != b.SettleUntil;
        var holds = s.Bucket.Level > TimeSpan.Zero && Now - s.RememberedAt >= GuardRules.RememberEvery;
        if (moved || holds)
        {
            State = s with { RememberedAt = Now };
            (effects ??= []).Insert(0, new Remember());
        }

        return new(State, effects?.ToValueList() ?? s_nothing, reason.Length > 0 ? reason : "nothing is due", telling);
    }

    /// <summary>A span in whole seconds, as people write it.</summary>
    internal static string Say(TimeSpan span) => Spans.Say(TimeSpan.FromSeconds(Math.Round(span.TotalSeconds)));

    internal static string Say(double? celsius) => string.Create(CultureInfo.InvariantCulture, $"{celsius:0.#} °C");
}

using System.Text.Json.Serialization;

namespace Understudy.Core.Settings;

/// <summary>When a duty goes back to a candidate of better rank that is well again.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Never), "never")]
[JsonDerivedType(typeof(WhenIdle), "when_idle")]
[JsonDerivedType(typeof(After), "after")]
public abstract record FailbackSettings
{
    private FailbackSettings()
    {
    }

    /// <summary>After 60 s of health: longer than most reboot loops and flaps, short enough to be seen.</summary>
    public static FailbackSettings Default { get; } = new After(TimeSpan.FromSeconds(60));

    /// <summary>Only when an operator says so.</summary>
    public sealed record Never : FailbackSettings;

    /// <summary>When nobody uses the service: no TCP connection has one of the duty's addresses as its local end. Unread is not idle.</summary>
    public sealed record WhenIdle : FailbackSettings;

    /// <summary>When the better candidate has been well without a break for so long, 0..30 days.</summary>
    public sealed record After(TimeSpan Wait) : FailbackSettings;


    internal static FailbackSettings Read(Section at) =>
        at.Either("failback", Section.OneOf<FailbackSettings>("{ after: SPAN }", ("never", new Never()), ("when_idle", new WhenIdle())), ReadAfter,
            new("word, or a mapping", "after 60s", "never, when_idle, { after: SPAN }",
                "When the duty goes back to a candidate of better rank that is well again: only when an operator says so, when nobody uses the service (no TCP connection to one of the duty's addresses), or after a span of health."),
            Default);

    private static After ReadAfter(Section at) =>
        new(at.NeededSpan("after", "0ms", "720h", "How long the better candidate must have been well without a break.", "a span, for instance after: 60s"));
}

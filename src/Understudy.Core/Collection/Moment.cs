namespace Understudy.Core.Collection;

/// <summary>One moment by both clocks: ours, which spans are measured on, and the wall's, which ticks are placed on.</summary>
/// <param name="Micros">The wall clock, µs since 1970-01-01 UTC.</param>
public readonly record struct Moment(Instant Now, long Micros);

using Understudy.Core.Evidence;

namespace Understudy.Linux.Probing;

/// <summary>Looks at one subject once. It turns what it saw into a reading and judges nothing.</summary>
/// <remarks>It may be asked again when it has answered, not before. It never throws but for the token's cancellation: the caller's limit
/// was reached, and the caller says what that means.</remarks>
internal interface IProbe : IDisposable
{
    ValueTask<ProbeReading> ReadAsync(CancellationToken stop);
}

using System.Reflection;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;

namespace Understudy.Tests.Duties;

/// <summary>Values of every case of a closed record family, made by reflection, so that a case that is added is tried without anybody thinking of it.</summary>
internal static class Cases
{
    /// <summary>Every nested case, with every combination of a few values for each of its parameters.</summary>
    internal static IReadOnlyList<T> Of<T>()
    {
        var cases = typeof(T).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(T)));
        return [.. cases.SelectMany(Values).Cast<T>()];
    }

    private static IEnumerable<object?> Values(Type type)
    {
        var making = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        IEnumerable<object?[]> arguments = [[]];
        foreach (var parameter in making.GetParameters())
        {
            var tries = Tries(parameter).ToArray();
            arguments = arguments.SelectMany(before => tries.Select(last => (object?[])[.. before, last]));
        }

        return arguments.Select(making.Invoke);
    }

    private static object?[] Tries(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        return
            type == typeof(bool) ? [false, true] :
            type == typeof(int) ? [1] :                                  // a candidate, or a count
            type == typeof(long) && parameter.Name == "Ticket" ? [Given.Ticket, Given.Ticket - 1] :
            type == typeof(long) ? [Given.Epoch, Given.Epoch + 1] :
            type == typeof(long?) ? [null, Given.Epoch] :
            type == typeof(Instant) ? [Given.At(50)] :
            type == typeof(Instant?) ? [null, Given.At(50)] :
            type == typeof(TimeSpan) ? [Given.Ms(250)] :
            type == typeof(string) && Nullable(parameter) ? [null, "beta"] :
            type == typeof(string) ? ["beta"] :
            type == typeof(Judged) ? [Judged.Nothing, Given.Good, Given.Bad, new Judged(Health.Suspect, "slow")] :
            type == typeof(Holding) ? [Given.Hold(0), Given.Hold(0) with { Until = Instant.Never, Seized = true }] :
            type == typeof(Handover) ? [null, new Handover("beta", "asked", Given.At(150))] :
            type == typeof(AfterStop) ? [.. Of<AfterStop>()] :
            type == typeof(PeerView) ? [PeerView.Unheard, Given.Stands(), Given.Serves(Given.Epoch), Given.Serves(Given.Epoch + 1), new PeerView(StanceCode.Claiming, Given.Epoch, false, Given.At(0), Given.Epoch)] :
            throw new NotSupportedException($"say which values of {type.Name} {parameter.Member.DeclaringType!.Name} is to be tried with");
    }

    private static bool Nullable(ParameterInfo parameter) => new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
}

using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>What those who connect to us say: readers of our sets, which <see cref="LdmsSockets"/> serves by itself, people with commands, and a peer. On the loop's thread.</summary>
internal sealed class CollectionDoor(CollectionLoop loop, PairLine line) : ILdmsEars
{
    /// <summary>Of a daemon whose settings are a file: whoever may read our sets may not tell us what to collect, or where to store it.</summary>
    private static readonly LdmsdRefusal s_notHere = new(LdmsdRefusal.Denied, "Permission denied. What is collected here is said in the settings of understudy run.");

    public void Closed(LdmsConnection connection, string why) => line.Gone(connection);

    public void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
        if (message.IsAnswer)
        {
            return;
        }

        var at = CollectionLoop.Now;
        if (LdmsdVerbs.IsBetweenPeers(message.Code))
        {
            line.Asked(connection, message, at);
            return;
        }

        var command = LdmsdWire.FromWire(message.Code, message.Attributes.Select(a => ((uint)a.Word, (string?)a.Text)), new LdmsdPlace(connection.Name, 1, 1));
        var reading = LdmsdRequests.Read(command);
        var refusal = reading.Refusal ?? (!loop.TakesOrders && LdmsdVerbs.Find(message.Code) is { Changes: true } ? s_notHere : null);
        var answer = reading.Request is { } request && refusal is null ? loop.Apply(request, connection.Name, at) : new CommandAnswer(refusal?.Code ?? LdmsdRefusal.Invalid, refusal?.Text ?? "", IsJson: false);
        connection.SendConfig(new ConfigMessage(IsAnswer: true, message.Number, (uint)answer.Code,
            answer.Text.Length == 0 ? [] : [answer.IsJson ? ConfigValue.OfJson(answer.Text) : ConfigValue.Of(ConfigWord.String, answer.Text)]));
        loop.Carry(at);
    }
}

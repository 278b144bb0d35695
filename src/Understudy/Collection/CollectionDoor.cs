using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>What those who connect to us say: readers of our sets, which <see cref="LdmsSockets"/> serves by itself, people with commands, and a peer. On the loop's thread.</summary>
internal sealed class CollectionDoor(CollectionLoop loop, PairLine line) : ILdmsEars
{
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
        var answer = reading.Request is { } request ? loop.Apply(request, connection.Name, at) : new CommandAnswer(reading.Refusal?.Code ?? LdmsdRefusal.Invalid, reading.Refusal?.Text ?? "", IsJson: false);
        connection.SendConfig(new ConfigMessage(IsAnswer: true, message.Number, (uint)answer.Code,
            answer.Text.Length == 0 ? [] : [answer.IsJson ? ConfigValue.OfJson(answer.Text) : ConfigValue.Of(ConfigWord.String, answer.Text)]));
        loop.Carry(at);
    }
}

using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Duties;
using Understudy.Core.Peers;

namespace Understudy.Collection;

/// <summary>Our part in a collection that several nodes share: words to and from them, and what each of them means for a producer here. On the collection's loop.</summary>
/// <param name="every">From word to word.</param>
/// <param name="warm">Who stands by is connected.</param>
/// <param name="tell">Takes a word to the host's loop; must not wait.</param>
internal sealed class ShareLine(CollectionLoop loop, ShareDesk desk, TimeSpan every, bool warm, Action<ShareWord> tell)
{
    private Instant tellAt;

    internal ShareDesk Desk => desk;

    internal Instant Deadline => Instant.Earlier(desk.Deadline, tellAt);

    internal void Heard(ShareHeard word)
    {
        desk.Heard(word.Peer, word.Word, word.At);
    }

    internal void Look(in Moment at)
    {
        if (at.Now >= desk.Deadline)      // a word that is heard is looked at as it comes
        {
            desk.Look(at.Now);
        }

        Apply(at);
        if (at.Now >= tellAt)
        {
            var now = at.Now;
            tellAt = now + every;
            tell(desk.Word(name => loop.Desk.Producers.TryGetValue(name, out var producer) && producer.IsReady(now)));
        }

        while (desk.Notes.TryDequeue(out var note))
        {
            loop.Say(note);
        }
    }

    /// <summary>Another list of producers is in force.</summary>
    internal void Replace(IEnumerable<ProducerRules> producers, in Moment at)
    {
        desk.Replace(producers, at.Now);
        Apply(at);
    }

    private void Apply(in Moment at)
    {
        for (var i = 0; i < desk.Producers.Count; i++)
        {
            var share = desk[i];
            if (loop.Desk.Producers.TryGetValue(desk.Producers[i].Name, out var producer))
            {
                loop.Desk.SetPart(producer, share.Part == ProducerPart.Warm && !warm ? ProducerPart.Off : share.Part, share.Why, at);
            }
        }
    }
}

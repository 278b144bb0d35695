using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Commands on producers.</summary>
internal sealed class ProducerCommands(CollectionDesk desk)
{
    internal CommandAnswer Add(LdmsdRequest.ProducerAdd add, Moment at)
    {
        if (desk.Producers.ContainsKey(add.Name))
        {
            return CommandAnswer.Of(LdmsdRefusal.Taken("producer", add.Name));
        }

        if (add.Kind == ProducerKind.Passive)
        {
            return CommandAnswer.Of(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{add.Name} is passive; Understudy connects to its producers itself: write type=active"));
        }

        _ = desk.Add(new ProducerRules(add.Name, new ProducerTarget.Ldms(add.Host, add.Port, add.Auth ?? ""), add.Reconnect) { Permissions = (uint)add.Permissions }, at.Now);
        return CommandAnswer.Done;
    }

    internal CommandAnswer On(string name, Func<ProducerDesk, CommandAnswer> deed) =>
        desk.Producers.TryGetValue(name, out var producer) ? deed(producer) : CommandAnswer.Of(LdmsdRefusal.NoProducer(name));

    internal CommandAnswer Removed(ProducerDesk producer, Moment moment)
    {
        desk.Remove(producer, moment);
        foreach (var updater in desk.Updaters.Values.Where(u => u.Rules.Producers.Contains(producer.Name, StringComparer.Ordinal)).ToArray())
        {
            desk.Change(updater, updater.Rules with { Producers = [.. updater.Rules.Producers.Where(p => p != producer.Name)] }, moment);
        }

        return CommandAnswer.Done;
    }

    /// <param name="name">The one that is meant, which must be there and not be started; null: whichever match.</param>
    internal CommandAnswer Start(Predicate<ProducerDesk> which, string? name, TimeSpan? reconnect, string by, Moment at) =>
        OnEach(which, name, p => p.Part == ProducerPart.Collect ? LdmsdRefusal.Running("producer", p.Name) : null, producer =>
        {
            if (reconnect is { } pause)
            {
                desk.Change(producer, producer.Rules with { Reconnect = pause }, at);
            }

            desk.SetPart(producer, ProducerPart.Collect, $"{by} started it", at);
        });

    /// <param name="name">The one that is meant, which must be there and not be stopped; null: whichever match.</param>
    internal CommandAnswer Stop(Predicate<ProducerDesk> which, string? name, string by, Moment at) =>
        OnEach(which, name, p => p.Part == ProducerPart.Off ? LdmsdRefusal.Stopped("producer", p.Name) : null, producer => desk.SetPart(producer, ProducerPart.Off, $"{by} stopped it", at));

    private CommandAnswer OnEach(Predicate<ProducerDesk> which, string? name, Func<ProducerDesk, LdmsdRefusal?> refusal, Action<ProducerDesk> deed)
    {
        var found = desk.Producers.Values.Where(p => p.Rules.Target is not ProducerTarget.Own && which(p)).ToArray();
        if (name is not null && found.Length == 0)
        {
            return CommandAnswer.Of(LdmsdRefusal.NoProducer(name));
        }

        if (name is not null && refusal(found[0]) is { } refused)
        {
            return CommandAnswer.Of(refused);
        }

        Array.ForEach(found, deed);
        return CommandAnswer.Done;
    }
}

using Understudy.Core.Collection;

namespace Understudy.Collection;

/// <summary>One way to a producer. What comes of an order is told to the desk, now or later, on the loop's thread.</summary>
internal interface IProducerCarrier
{
    void Connect(ProducerDesk producer, in Moment at);

    void Disconnect(ProducerDesk producer);

    void List(ProducerDesk producer, in Moment at);

    void LookUp(SetSource source, in Moment at);

    void Pull(SetSource source, in Moment at);
}

using Understudy.Core.Ldms;
using Understudy.Tests.Ldms;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>The recorded clients of the capture talk to our server: what they asked real daemons, byte for byte.</summary>
public sealed class RecordedClientLab
{
    [Fact]
    public void Our_answers_to_every_recorded_client_are_the_recorded_ones_but_for_what_a_server_chooses()
    {
        var layouts = new Dictionary<string, SetLayout>(StringComparer.Ordinal);
        foreach (var meta in Capture.Metas)
        {
            Assert.True(SetLayout.TryRead(meta, out var layout, out var why), why);
            layouts[layout.Instance] = layout;
        }

        var talks = Capture.Messages.GroupBy(m => m.Connection).ToList();
        Assert.Equal(25, talks.Count);
        var compared = 0;
        foreach (var messages in talks)
        {
            using var talk = new RecordedTalk([.. messages], layouts);
            compared += talk.Play();
        }

        // Everything that any server of the capture said.
        Assert.Equal(Capture.Messages.Count(m => !m.IsFromClient), compared);
    }
}

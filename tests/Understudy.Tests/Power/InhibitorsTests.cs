using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class InhibitorsTests
{
    /// <summary>As busctl of systemd 252 prints it.</summary>
    private const string Some = """
        {"type":"a(ssssuu)","data":[[["sleep","NetworkManager","NetworkManager needs to turn off networks","delay",0,657],["shutdown","Unattended Upgrades Shutdown","Stop ongoing upgrades or perform upgrades before shutdown","block",0,801],["handle-lid-switch:sleep","desktop","a film","block-weak",1000,2]]]}
        """;

    [Fact]
    public void Who_blocks_what_is_asked_for_stands_in_the_way()
    {
        var all = Inhibitors.Read(Some)!;
        Assert.Equal(3, all.Count);
        Assert.Equal("Unattended Upgrades Shutdown (Stop ongoing upgrades or perform upgrades before shutdown)", Inhibitors.InTheWay(all, "shutdown"));
        Assert.Equal("desktop (a film)", Inhibitors.InTheWay(all, "sleep"));
        Assert.Null(Inhibitors.InTheWay([], "shutdown"));
    }

    [Theory]
    [InlineData("shutdown", "block", true)]
    [InlineData("shutdown", "block-weak", true)]
    [InlineData("shutdown:idle", "block", true)]
    [InlineData("shutdown", "delay", false)]      // logind bounds those itself
    [InlineData("idle", "block", false)]
    [InlineData("shutdown-key", "block", false)]
    [InlineData("", "block", false)]
    public void Only_a_block_on_the_very_thing_stands_in_the_way(string what, string mode, bool blocks) =>
        Assert.Equal(blocks, new Inhibitor(what, "who", "why", mode).Blocks("shutdown"));

    [Theory]
    [InlineData("""{"type":"a(ssssuu)","data":[[]]}""", 0)]
    [InlineData("""{"data":[]}""", null)]
    [InlineData("""{"data":[[["a"]]]}""", null)]
    [InlineData("""{"data":[[[1,2,3,4]]]}""", null)]
    [InlineData("""{"data":[["x"]]}""", null)]
    [InlineData("[]", null)]
    [InlineData("Call failed: No such file or directory", null)]
    [InlineData("", null)]
    public void Another_answer_is_none(string json, int? count) => Assert.Equal(count, Inhibitors.Read(json)?.Count);

    [Fact]
    public void Any_text_is_read_or_refused() => Prop.ForAll<string>(text => Inhibitors.Read(text ?? "") is null or { Count: 0 }).QuickCheckThrowOnFailure();
}

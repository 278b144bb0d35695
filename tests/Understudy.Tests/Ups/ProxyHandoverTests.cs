using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Ups;
using Understudy.Tests.Simulation;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>What one process of a proxy tells the next, and what clients see of it.</summary>
public sealed class ProxyHandoverTests
{
    private static readonly string[] s_sections =
    [
        "[ups]\nport=a,b\nflip.back=0\n", "[ups]\nport=b,a\nmode=multiplex\n", "[ups]\nport=b\nupstream_commands\n", "[ups]\nport=c\nmode=multiplex\ndefault.ups.id=x\n", "[ups]\nport=a,b,c\noverride.ups.load=7\nfsdmode=2\n",
    ];

    private static readonly string[] s_lines =
    [
        "SETINFO ups.status \"OL\"", "SETINFO ups.status \"OB LB\"", "SETINFO ups.load \"42\"", "SETINFO ups.id \"a \\\"b\\\" \\#1\"", "SETFLAGS ups.id RW STRING", "SETAUX ups.id 32", "ADDENUM ups.id \"x\"", "ADDRANGE ups.id 1 9",
        "SETINFO driver.version \"2.8.0\"", "SETINFO driver.parameter.mode \"dummy\"", "SETINFO ups.alarm \"hot\"", "ADDCMD load.off", "ADDCMD beeper.mute", "DATASTALE", "DATAOK", "DELINFO ups.load", "SETINFO battery.charge \"9\"",
    ];

    [Fact]
    public void It_reads_as_it_was_written()
    {
        for (var seed = 1UL; seed <= 2000; seed++)
        {
            var whole = Drawn(new Dice(seed));
            var read = ProxyHandoverText.Read(ProxyHandoverText.Write(whole));
            Assert.True(whole == read, $"seed {seed}: {whole} is not {read}");
        }
    }

    [Fact]
    public void Any_text_is_refused_or_says_what_is_written_again() => Prop.ForAll<string>(text =>
    {
        foreach (var tried in new[] { text ?? "", $"understudy-ups handover 1\n{text}\nend\n", $"understudy-ups handover 1\nclient\t{text}\nend\n" })
        {
            Same(tried);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_text_that_was_cut_or_damaged_is_refused_or_is_another_and_never_a_crash()
    {
        for (var seed = 1UL; seed <= 3000; seed++)
        {
            var dice = new Dice(seed);
            var whole = ProxyHandoverText.Write(Drawn(dice));
            var at = dice.Below(whole.Length);
            Assert.Null(ProxyHandoverText.Read(whole[..at]));
            Same(whole[..at] + dice.OneOf<string>(["\t", "\n", "\\", "9", "-", "\0", "end\n", "client\n"]) + whole[Math.Min(whole.Length, at + dice.Below(9))..]);
        }
    }

    [Theory]
    [InlineData("understudy-ups handover 2")]
    [InlineData("understudy-ups handover 1\nview\t1\t0\t0\t1")]
    [InlineData("")]
    public void What_is_not_whole_or_of_another_version_is_refused(string text) => Assert.Null(ProxyHandoverText.Read($"{text}\nend\n"));

    /// <summary>Whatever the two processes were told, and however they differ in sources, order and mode: clients end with what a client that asks anew is told, and are not without a status on the way.</summary>
    [Fact]
    public void Clients_are_told_the_difference_and_end_with_the_whole()
    {
        for (var seed = 1UL; seed <= 3000; seed++)
        {
            var dice = new Dice(seed);
            var now = ProxyRig.At(0);
            var old = Drawn(dice, now, settle: true);
            var told = ProxyHandoverText.Read(ProxyHandoverText.Write(new ProxyHandover("ups", "boot", now, "socket:[1]", old.HandOver(), [])))!.View;
            var seen = new VariableTree();
            foreach (var variable in told.Variables)
            {
                seen.Put(variable.Name, variable.Variable);
            }

            foreach (var command in told.Commands)
            {
                seen.AddCommand(command.Name);
            }

            Assert.Equal(Text(old.View.Tree), Text(seen));
            now += TimeSpan.FromMilliseconds(dice.Below(20_000));
            var next = Drawn(dice, now, settle: false);
            next.Outputs.Clear();
            next.Inherit(told, ProxyRig.At(0), now);
            next.ClientCame(0);
            next.Settle(now);
            Hear(next, seen, seed);
            now += TimeSpan.FromMilliseconds(dice.Below(40_000));
            next.Settle(now);
            Hear(next, seen, seed);
            Assert.True(Text(next.View.Tree) == Text(seen), $"seed {seed}: {Text(next.View.Tree)}\nis not\n{Text(seen)}");
        }
    }

    [Fact]
    public void The_same_process_again_tells_nothing()
    {
        var told = Rig("[ups]\nport=a,b\n").Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"", "ADDCMD load.off").Comes(1, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"42\"").Proxy.HandOver();
        var next = Proxy("[ups]\nport=a,b\n", ProxyRig.At(50));
        Tell(next, 0, ProxyRig.At(50), "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"", "ADDCMD load.off", "DUMPDONE");
        Tell(next, 1, ProxyRig.At(50), "SETINFO ups.status \"OL\"", "SETINFO ups.load \"42\"", "DUMPDONE");
        next.Inherit(told, ProxyRig.At(0), ProxyRig.At(60));
        next.ClientCame(0);
        next.Settle(ProxyRig.At(60));
        Assert.DoesNotContain(next.Outputs, o => o.Deed == ProxyDeed.ToClient);
    }

    /// <summary>What nobody has vouched for since is no fresher for a restart, and a restart alone shuts nobody down.</summary>
    [Fact]
    public void Without_a_source_what_was_shown_stays_and_is_fresh_for_flip_after_from_the_hand_over_and_no_longer()
    {
        const string Section = "[ups]\nport=a\nflip.after=5\nfsdmode=2\nnoprimarytime=10\n";
        var told = Rig(Section).Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"").Proxy.HandOver();
        var next = Proxy(Section, ProxyRig.At(3000));
        next.Inherit(told, ProxyRig.At(0), ProxyRig.At(3000));
        next.Settle(ProxyRig.At(3000));
        Assert.Equal((true, "20", "OL"), (next.View.Fresh, next.View.Tree.ValueOf("ups.load"), next.View.Tree.ValueOf("ups.status")));
        next.Settle(ProxyRig.At(5001));
        Assert.Equal((false, "20", "OL"), (next.View.Fresh, next.View.Tree.ValueOf("ups.load"), next.View.Tree.ValueOf("ups.status")));
        next.Settle(ProxyRig.At(60_000));
        Assert.Equal((false, "OL"), (next.View.Fresh, next.View.Tree.ValueOf("ups.status")));
    }

    [Fact]
    public void An_outage_that_had_begun_goes_on_over_a_restart()
    {
        const string Section = "[ups]\nport=a\nfsdmode=2\nnoprimarytime=10\n";
        var told = Rig(Section).Comes(0, "SETINFO ups.status \"OL\"").Goes(0).Proxy.HandOver();
        var next = Proxy(Section, ProxyRig.At(1000));
        next.Inherit(told, ProxyRig.At(0), ProxyRig.At(1000));
        next.Settle(ProxyRig.At(1000));
        Assert.Equal("OL", next.View.Tree.ValueOf("ups.status"));
        next.Settle(ProxyRig.At(11_000));
        Assert.Equal("ALARM FSD", next.View.Tree.ValueOf("ups.status"));
    }

    [Fact]
    public void A_source_that_came_back_waits_for_flip_back_in_the_next_process_too()
    {
        const string Section = "[ups]\nport=a,b\nflip.back=30\n";
        var rig = Rig(Section).Comes(0, "SETINFO ups.status \"OL\"").Comes(1, "SETINFO ups.status \"OL\"").Goes(0).Pass(1000, 1).Comes(0, "SETINFO ups.status \"OL\"").Pass(10_000, 0, 1);
        Assert.Equal(1, rig.Proxy.Primary);
        var told = rig.Proxy.HandOver();
        var at = rig.Now;
        var next = Proxy(Section, at);
        Tell(next, 0, at, "SETINFO ups.status \"OL\"", "DUMPDONE");
        Tell(next, 1, at, "SETINFO ups.status \"OL\"", "DUMPDONE");
        next.Inherit(told, at, at);
        next.Settle(at);
        Assert.Equal(1, next.Primary);
        next.Settle(at + TimeSpan.FromSeconds(19));
        Assert.Equal(1, next.Primary);
        next.Settle(at + TimeSpan.FromSeconds(21));
        Assert.Equal(0, next.Primary);
    }

    [Fact]
    public void What_is_set_before_its_source_is_there_fails_and_is_not_sent_elsewhere()
    {
        var told = Rig("[ups]\nport=a\n").Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.id \"x\"", "SETFLAGS ups.id RW STRING", "ADDCMD load.off").Proxy.HandOver();
        var next = Proxy("[ups]\nport=b\n", ProxyRig.At(0));
        next.Inherit(told, ProxyRig.At(0), ProxyRig.At(0));
        next.ClientCame(0);
        next.Settle(ProxyRig.At(0));
        next.Outputs.Clear();
        next.ClientSaid(0, ["SET", "ups.id", "y", "TRACKING", "t"], ProxyRig.At(0));
        next.ClientSaid(0, ["INSTCMD", "load.off", "TRACKING", "u"], ProxyRig.At(0));
        Assert.Equal(["TRACKING t 3\n", "TRACKING u 1\n"], next.Outputs.Select(o => Encoding.ASCII.GetString(o.Bytes.Span)));
    }

    private static void Same(string text)
    {
        if (ProxyHandoverText.Read(text) is { } read)
        {
            Assert.Equal(read, ProxyHandoverText.Read(ProxyHandoverText.Write(read)));
        }
    }

    private static void Hear(UpsProxy proxy, VariableTree seen, ulong seed)
    {
        var scratch = new char[DriverLines.MaxLineBytes];
        while (proxy.Outputs.TryDequeue(out var output))
        {
            foreach (var text in output.Deed == ProxyDeed.ToClient ? Encoding.ASCII.GetString(output.Bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [])
            {
                Assert.True(DriverLines.TryRead(Encoding.ASCII.GetBytes(text), scratch, out var line), text);
                seen.Apply(line);
                Assert.True(!string.IsNullOrEmpty(seen.ValueOf("ups.status")), $"seed {seed}: no status after {text}");
            }
        }
    }

    private static string Text(VariableTree tree)
    {
        var writer = new DriverLineWriter();
        tree.Dump(writer);
        return string.Join('\n', Encoding.ASCII.GetString(writer.Written.Span).Split('\n').Order(StringComparer.Ordinal));
    }

    private static ProxyRig Rig(string section) => new(section);

    private static UpsProxy Proxy(string section, Instant now, bool parameters = false)
    {
        var conf = UpsConf.Read(section).Sections[0];
        return new UpsProxy(ProxyRulesReader.Read(conf, new List<string>())!, new ProxyIdentity("understudy-ups", "0", 4711, parameters ? conf.Entries : []), now);
    }

    private static void Tell(UpsProxy proxy, int source, Instant now, params string[] lines)
    {
        proxy.SourceCame(source, now);
        foreach (var line in lines)
        {
            proxy.SourceSaid(source, Encoding.ASCII.GetBytes(line), now);
        }
    }

    /// <summary>A proxy of some section to whose sources something has happened.</summary>
    private static UpsProxy Drawn(Dice dice, Instant now, bool settle)
    {
        var proxy = Proxy(dice.OneOf<string>(s_sections), now, parameters: true);
        proxy.Settle(settle ? now : proxy.Deadline(now));
        for (var i = dice.Below(30); i >= 0; i--)
        {
            var source = dice.Below(proxy.Rules.Sources.Count);
            if (!proxy.Sources[source].Connected)
            {
                proxy.SourceCame(source, now);
            }
            else if (dice.PerMille(50))
            {
                proxy.SourceWent(source, "end of file", now);
            }
            else
            {
                proxy.SourceSaid(source, Encoding.ASCII.GetBytes(dice.PerMille(300) ? "DUMPDONE" : dice.OneOf<string>(s_lines)), now);
            }

            if (settle)
            {
                proxy.Settle(now);
            }
        }

        return proxy;
    }

    private static ProxyHandover Drawn(Dice dice)
    {
        string Word() => dice.OneOf<string>(["", "a", "ups.status", "a\tb", "\\", "a\nb", "\\t", "-", "=", "=x", "end", "\u00ff\u0001"]);
        string Name() => dice.OneOf<string>(["a", "ups.status", "load.off", "-", "=", "x\ty"]);
        string? Perhaps() => dice.PerMille(300) ? null : Name();
        bool Coin() => dice.PerMille(500);
        Instant Moment() => new(dice.Ticks(-1_000_000, 1_000_000_000_000));
        Instant PerhapsNever() => Coin() ? Instant.Never : Moment();
        ValueList<T> Some<T>(Func<T> one) => Enumerable.Range(0, dice.Below(4)).Select(_ => one()).ToValueList();
        return new ProxyHandover(
            Name(),
            Word(),
            Moment(),
            Word(),
            new HandedView(
                Coin(),
                PerhapsNever(),
                PerhapsNever(),
                Coin(),
                Perhaps(),
                Some(() => new HandedSource(Name(), (SourcePriority)(dice.Below(6) - 1), Moment(), PerhapsNever(), Coin(), Coin(), Coin() ? null : new SourceOverride(Coin(), PerhapsNever(), Word()))),
                Some(() => new HandedVariable(Name(), new Variable(Word(), (VariableTraits)dice.Below(8), dice.Below(300), Some(Word), Some(() => new VariableRange(-1, dice.Below(9)))), Perhaps())),
                Some(() => new HandedCommand(Name(), Perhaps()))),
            Some(() => new HandedClient(Word(), Coin(), Coin(), Word(), Word())));
    }
}

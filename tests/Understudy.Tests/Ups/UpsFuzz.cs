using System.Collections;
using System.Reflection;
using System.Text;
using Understudy.Core;
using Understudy.Core.Ups;
using Understudy.Tests.Simulation;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>Any bytes, from a driver, a client or a file: no crash, no memory without bound, and nobody else is told nonsense for it.</summary>
public sealed class UpsFuzz
{
    private static readonly string[] s_driver =
    [
        "SETINFO ups.status \"OL CHRG\"", "SETINFO ups.load \"42\"", "SETINFO v \"A \\\"q\\\" b\\\\s \\#1\"", "SETINFO v \"A \"q\" b\\s #1\"", "DELINFO ups.load", "SETFLAGS v RW STRING", "SETFLAGS v NUMBER",
        "SETAUX v 32", "ADDENUM v \"low #1\"", "DELENUM v \"low #1\"", "ADDRANGE v 10 20", "DELRANGE v 10 20", "ADDCMD load.off", "DELCMD load.off", "DATAOK", "DATASTALE", "DUMPDONE", "PONG",
        "TRACKING understudy-1 0", "PID 12", "OK Goodbye", "SETINFO driver.version \"2.8.1\"", "SETINFO ups.alarm \"hot\"", "SETINFO battery.runtime \"NaN\"", "SETINFO UPS.STATUS \"OB LB\"", "SETINFO ups.status \"\"",
    ];

    private static readonly string[] s_client =
    [
        "PING", "DUMPALL", "DUMPVALUE ups.status", "DUMPSTATUS", "GETPID", "NOBROADCAST", "BROADCAST 1", "INSTCMD load.off TRACKING a", "INSTCMD load.off \"1 2\"", "SET v \"x\" TRACKING b", "SET v x",
        "INSTCMD usb.force.primary -1 TRACKING c", "INSTCMD usb.force.ignore 2147483647", "SET driver.debug 3", "INSTCMD driver.reload", "SET ups.status OL TRACKING d", "DUMPVALUE V", "UNDERSTUDY STATUS",
    ];

    private static readonly string[] s_conf =
    [
        "maxretry = 3\n", "[ups]\n", "driver = understudy-ups\n", "port = \"usb, snmp\"\n", "port=a,b\n", "mode = multiplex\n", "prefer.ups.* = usb\n", "prefer.*.load = a\n", "flip.after = 5\n", "flip.back.battery.? = 0.5\n",
        "fsdmode = 2\n", "checkruntime = 3\n", "status_have_any = OL,CHRG\n", "strictfiltering = 1\n", "deadtime = 30\n", "silence = 4\n", "status_conflict = optimistic\n", "desc = \"a \\# b\"\n", "# comment\n", "nolock\n", "upstream_commands\n",
        "flip.after = NaN\n", "flip.after = -Infinity\n", "deadtime = 99999999999\n", "flip.back = 1e5\n", "inittime = -1\n", "override.ups.id = x\n", "default.ups.id = \"y\"\n", "sdorder = -1\n",
    ];

    [Fact]
    public void Any_bytes_are_a_line_with_plain_names_or_are_none()
    {
        for (var seed = 1UL; seed <= 20_000; seed++)
        {
            var line = Mutated(new Dice(seed), s_driver);
            var scratch = new char[line.Length];
            var taken = DriverLines.TryRead(line, scratch, out var read);
            Assert.Equal(taken, read.Word != DriverWord.Unknown);
            Assert.True(read.Name.Length <= DriverLines.MaxNameChars && read.Value.Length <= DriverLines.MaxLineBytes);
            foreach (var c in read.Name)
            {
                Assert.True(c is > ' ' and <= '\x7f' and not ('"' or '#' or '\\' or '='), $"seed {seed}: a name with '{c}'");
            }

            foreach (var c in read.Value)
            {
                Assert.True(c is >= ' ' and <= '\x7f', $"seed {seed}: a value with {(int)c}");
            }
        }
    }

    /// <summary>A driver may say what it likes: what clients rebuild from our lines is still what we believe to show, and each of our lines is one that upsd can use.</summary>
    [Fact]
    public void Whatever_drivers_say_clients_have_what_is_shown()
    {
        for (var seed = 1UL; seed <= 400; seed++)
        {
            var dice = new Dice(seed);
            var rig = new Rig(dice.PerMille(500) ? "mode = multiplex\n" : "upstream_commands\n");
            for (var step = 0; step < 60; step++)
            {
                var source = dice.Below(2);
                if (dice.PerMille(60))
                {
                    rig.Proxy.SourceWent(source, "end of file", rig.Now);
                    rig.Proxy.SourceCame(source, rig.Now);
                }

                rig.Proxy.SourceSaid(source, Mutated(dice, s_driver), rig.Now);
                rig.Now += TimeSpan.FromMilliseconds(dice.Below(3000));
                rig.Settle($"seed {seed}, step {step}");
            }
        }
    }

    /// <summary>A client may say what it likes: nobody else is told anything for it but what changed, and a source is sent only lines that it can use.</summary>
    [Fact]
    public void Whatever_a_client_says_is_between_it_and_us()
    {
        for (var seed = 1UL; seed <= 400; seed++)
        {
            var dice = new Dice(seed);
            var rig = new Rig("mode = multiplex\n");
            rig.Proxy.ClientCame(1);
            foreach (var line in (ReadOnlySpan<string>)["SETINFO ups.status \"OL\"", "SETINFO v \"1\"", "SETFLAGS v RW STRING", "ADDCMD load.off", "SETINFO driver.version \"2.8.1\"", "DUMPDONE"])
            {
                rig.Proxy.SourceSaid(0, Encoding.ASCII.GetBytes(line), rig.Now);
            }

            for (var step = 0; step < 60; step++)
            {
                var text = Encoding.Latin1.GetString(Mutated(dice, s_client));
                var (at, words) = (0, new List<string>());
                for (var lines = 0; at < text.Length; lines++)
                {
                    UpsWords.Read(text, ref at, words);
                    rig.Proxy.ClientSaid(1, words, rig.Now);
                }

                rig.Now += TimeSpan.FromMilliseconds(dice.Below(3000));
                rig.Settle($"seed {seed}, step {step}");
            }
        }
    }

    /// <summary>Our reader of NUT's grammar and the tests' own, which were written apart from each other, agree on any text.</summary>
    [Fact]
    public void Two_readers_of_the_word_grammar_agree()
    {
        for (var seed = 1UL; seed <= 10_000; seed++)
        {
            var dice = new Dice(seed);
            var bytes = Enumerable.Range(0, 1 + dice.Below(8)).SelectMany(_ => Mutated(dice, dice.PerMille(500) ? s_conf : s_client)).ToArray();
            var text = Encoding.Latin1.GetString(bytes);
            var lexer = new NutLexer();
            var (at, words) = (0, new List<string>());
            foreach (var b in bytes)
            {
                if (lexer.Take(b) is var lexed and not Lexed.More)
                {
                    var end = UpsWords.Read(text, ref at, words);
                    Assert.True(lexer.Line.SequenceEqual(words) && end == (lexed == Lexed.Broken ? WordsEnd.Unbalanced : WordsEnd.Line), $"seed {seed}: [{string.Join('|', lexer.Line)}] and [{string.Join('|', words)}] in '{text}'");
                }
            }
        }
    }

    [Fact]
    public void Any_text_is_read_as_ups_conf_and_its_sections_are_rules_or_mistakes()
    {
        for (var seed = 1UL; seed <= 5_000; seed++)
        {
            var dice = new Dice(seed);
            var text = Encoding.Latin1.GetString([.. "[ups]\nport = usb,snmp\n"u8, .. Enumerable.Range(0, 1 + dice.Below(12)).SelectMany(_ => Mutated(dice, s_conf, share: 300))]);
            var conf = UpsConf.Read(text);
            var lines = text.Count(c => c == '\n') + 1;
            Assert.Equal(conf.Sections.Count, conf.Sections.Select(s => s.Name).Distinct(StringComparer.Ordinal).Count());
            foreach (var section in conf.Sections)
            {
                Assert.All(section.Entries, e => Assert.InRange(e.Line, 1, lines));
                var errors = new List<string>();
                var rules = ProxyRulesReader.Read(section, errors);
                Assert.Equal(rules is null, errors.Count > 0);
                if (rules is not null)
                {
                    var (after, back) = rules.FlipOf("ups.load");
                    Assert.True(after >= TimeSpan.Zero && back >= TimeSpan.Zero && after <= TimeSpan.FromDays(1) && back <= TimeSpan.FromDays(1), $"seed {seed}");
                    Assert.Equal(Enumerable.Range(0, rules.Sources.Count), rules.OrderFor("ups.load").Order());
                    var proxy = new UpsProxy(rules, new ProxyIdentity("understudy-ups", "0", 1, section.Entries), new Instant(0));
                    proxy.SourceCame(0, new Instant(1));
                    proxy.Settle(new Instant(1));
                    Assert.True(proxy.Deadline(new Instant(1)) >= new Instant(1), $"seed {seed}");
                }
            }
        }
    }

    /// <summary>Variables, commands, clients, requests and sources come and go for long: what the proxy holds on to afterwards does not grow with how long.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("mode = multiplex\nprefer.x* = snmp\n")]
    public void Nothing_is_kept_of_what_went(string more)
    {
        var rig = new Rig(more);
        var grown = new List<int>();
        for (var cycle = 0; cycle < 600; cycle++)
        {
            var source = cycle % 2;
            if (cycle % 50 is 0 or 1)
            {
                rig.Proxy.SourceWent(source, "end of file", rig.Now);
                rig.Proxy.SourceCame(source, rig.Now);
                rig.Say(source, "SETINFO driver.version \"2.8.1\"", "SETINFO ups.status \"OL\"", "DATAOK", "DUMPDONE");
            }

            rig.Say(source, $"SETINFO x{cycle} \"{cycle}\"", $"SETFLAGS x{cycle} RW", $"ADDCMD c{cycle}", $"SETINFO driver.x{cycle} \"1\"", $"ADDCMD driver.c{cycle}");
            rig.Proxy.ClientCame(cycle + 1);
            rig.Settle($"cycle {cycle}");
            rig.Proxy.ClientSaid(cycle + 1, ["INSTCMD", $"c{cycle}", "TRACKING", $"t{cycle}"], rig.Now);
            rig.Proxy.ClientSaid(cycle + 1, ["SET", $"x{cycle}", "5", "TRACKING", $"u{cycle}"], rig.Now);
            rig.Proxy.ClientWent(cycle + 1);
            rig.Say(source, $"DELINFO x{cycle}", $"DELCMD c{cycle}", $"DELINFO driver.x{cycle}", $"DELCMD driver.c{cycle}", "PONG");
            rig.Say(1 - source, "PONG");
            rig.Now += TimeSpan.FromSeconds(1);
            rig.Settle($"cycle {cycle}");
            rig.Proxy.Decisions.Clear();
            if (cycle % 100 == 99)
            {
                rig.Now += TimeSpan.FromSeconds(60);
                rig.Settle($"cycle {cycle}");
                grown.Add(Reachable(rig.Proxy));
            }
        }

        Assert.True(grown[^1] <= grown[1] + 40, $"objects after each hundred rounds: {string.Join(' ', grown)}");
    }

    /// <summary>A few bytes changed, lost, doubled, or put in; now and then nothing at all of what it was.</summary>
    private static byte[] Mutated(Dice dice, string[] corpus, int share = 600)
    {
        var line = new List<byte>(Encoding.Latin1.GetBytes(dice.OneOf<string>(corpus)));
        if (!dice.PerMille(share))
        {
            return [.. line];
        }

        for (var i = dice.Below(4); i >= 0; i--)
        {
            var at = dice.Below(line.Count + 1);
            switch (dice.Below(8))
            {
                case 0 when at < line.Count:
                    line[at] = (byte)dice.Below(256);
                    break;
                case 1 when at < line.Count:
                    line.RemoveRange(at, Math.Min(line.Count - at, 1 + dice.Below(5)));
                    break;
                case 2:
                    line.InsertRange(at, Encoding.Latin1.GetBytes(dice.OneOf<string>(["\"", "\\", "#", "=", " ", "\t", "\n", "\r", "\0", "\x7f", "\u00a0", "\u00ff", "\\\n", "\"\"", "[", "]", ","])));
                    break;
                case 3:
                    line.InsertRange(at, Encoding.Latin1.GetBytes(dice.OneOf<string>(corpus)));
                    break;
                case 4:
                    line.InsertRange(at, Enumerable.Repeat((byte)dice.Below(256), dice.OneOf<int>([3, 40, 300, 600, 3000])));
                    break;
                case 5:
                    line.InsertRange(at, Enumerable.Range(0, 1 + dice.Below(20)).Select(_ => (byte)dice.Below(256)));
                    break;
                case 6:
                    line.AddRange(line.Take(at).ToList());
                    break;
                default:
                    line.InsertRange(at, Encoding.Latin1.GetBytes(dice.OneOf<string>([" -1", " 2147483648", " 0x7", "NaN", "1e9", " \"", "\" ", " RW", "TRACKING "])));
                    break;
            }
        }

        return [.. line];
    }

    /// <summary>How many objects of our own kind, and items of collections, hang on a thing.</summary>
    private static int Reachable(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { root };
        var open = new Stack<object>(seen);
        var items = 0;
        while (open.TryPop(out var next))
        {
            if (next is string || next.GetType() is { IsArray: true } array && array.GetElementType()!.IsPrimitive)
            {
                continue;
            }

            var foreign = next.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true;
            if (next is IEnumerable many && (foreign || next is Array))
            {
                foreach (var item in many)
                {
                    items++;
                    if (item is not null && !item.GetType().IsPrimitive && seen.Add(item))
                    {
                        open.Push(item);
                    }
                }

                continue;
            }

            if (foreign && !next.GetType().IsValueType)
            {
                continue;
            }

            for (var type = next.GetType(); type is not null && type != typeof(object); type = type.BaseType)
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    if (!field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike && field.GetValue(next) is { } value and not Delegate && seen.Add(value))
                    {
                        open.Push(value);
                    }
                }
            }
        }

        return items + seen.Count(o => !o.GetType().IsValueType);
    }

    /// <summary>A proxy of two connected sources, and one client that hears everything.</summary>
    private sealed class Rig
    {
        private readonly List<string> wrongs = [];
        private readonly SimUpsd upsd;

        internal Rig(string more)
        {
            var errors = new List<string>();
            var rules = ProxyRulesReader.Read(UpsConf.Read($"[ups]\nport = usb,snmp\n{more}").Sections[0], errors) ?? throw new InvalidOperationException(string.Join('\n', errors));
            upsd = new SimUpsd(wrongs.Add);
            Proxy = new UpsProxy(rules, new ProxyIdentity("understudy-ups", "0", 1, []), Now);
            Proxy.ClientCame(0);
            Proxy.ClientSaid(0, ["DUMPALL"], Now);
            Proxy.SourceCame(0, Now);
            Proxy.SourceCame(1, Now);
        }

        internal UpsProxy Proxy { get; }

        internal Instant Now { get; set; } = new Instant(0) + TimeSpan.FromHours(1);

        internal void Say(int source, params string[] lines)
        {
            foreach (var line in lines)
            {
                Proxy.SourceSaid(source, Encoding.ASCII.GetBytes(line), Now);
            }
        }

        internal void Settle(string where)
        {
            Proxy.Settle(Now);
            while (Proxy.Outputs.TryDequeue(out var output))
            {
                if (output is { Deed: ProxyDeed.ToClient, To: 0 })
                {
                    upsd.Feed(output.Bytes.Span);
                }
                else if (output.Deed == ProxyDeed.ToSource)
                {
                    Usable(output.Bytes.Span);
                }
                else if (output.Deed == ProxyDeed.CloseSource)
                {
                    Proxy.SourceCame(output.To, Now);
                }
            }

            Assert.True(wrongs.Count == 0, $"{where}: {string.Join("; ", wrongs)}");
            Assert.True(upsd.Tree.Differs(Proxy.View.Tree) is null, $"{where}: {upsd.Tree.Differs(Proxy.View.Tree)}");
            Assert.True(Proxy.Deadline(Now) >= Now, $"{where}: the deadline has passed");
        }

        private void Usable(ReadOnlySpan<byte> bytes)
        {
            var lexer = new NutLexer();
            foreach (var b in bytes)
            {
                var lexed = lexer.Take(b);
                if (lexed == Lexed.Broken || (lexed == Lexed.Line && lexer.Line is not (["PING"] or ["DUMPALL"] or ["SET", _, _] or ["SET", _, _, "TRACKING", _] or ["INSTCMD", _] or ["INSTCMD", _, _] or ["INSTCMD", _, "TRACKING", _] or ["INSTCMD", _, _, "TRACKING", _])))
                {
                    wrongs.Add($"a source was sent '{string.Join(' ', lexer.Line)}'");
                }
            }
        }
    }
}

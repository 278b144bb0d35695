using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Collection;
using Understudy.Linux.Clocks;
using Understudy.Tests.Ldms;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>
/// The doors of live daemons, in namespaces of their own, against whatever may come in: noise, recorded clients with changed bytes, and requests of configuration that nobody sane would send. <c>understudy ldmsd</c> does what it is
/// told; <c>understudy run</c> with <c>collection.listen</c> only tells.
/// </summary>
[Collection(nameof(OneAtATime))]
public sealed class DoorFuzzLab(ITestOutputHelper output)
{
    private const int Port = 411;

    private const string Sampler = "sampler_of_the_lab";

    private const int LeastRounds = 200;

    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(8);

    /// <summary>Bytes that a daemon may have in memory at its worst moment: it begins with some 60 MB, and one peer may have 16 MB of a request under way.</summary>
    private const long MostBytes = 400L << 20;

    /// <summary>Names and values; none is the sampler's, and no path leads out of the working folder.</summary>
    private static readonly string[] s_words =
    [
        "", "a", "#a", "@a", "a b", "upd", ".*", "^a$", "(((", "[a", "(a{1000}){1000}", "0", "1", "-1", "1s", "100ms", "1000000", "99999999999999999999", "1e400", "65536", "411", "active", "passive", "sock", "rdma", "127.0.0.1", "10.66.0.200",
        "no.such.host", "inst", "schema", "meminfo", "vmstat", "store_csv", "path=a", "producer=a instance=a/b schema=a", "conf=a", "ovis", "none", "true", "yes", "{}", "\"", "\\", "\u0001\u007f\ufffd", new('x', 5000), "\n",
    ];

    private readonly int seed = Environment.TickCount;
    private readonly List<Socket> open = [];

    [Fact]
    public void Whatever_comes_to_its_door_a_daemon_lives_stays_small_and_answers_after_it()
    {
        using var world = new SharedWorld("a");
        world.StartSampler("s0", Port, $"load name={Sampler} plugin=meminfo\nconfig name={Sampler} producer=s0 instance=s0/meminfo schema=meminfo\nstart name={Sampler} interval=1000000 offset=0\n");
        world.Collection = $$"""
              listen: "0.0.0.0:{{Port.ToString(CultureInfo.InvariantCulture)}}"
              producers: { s0: { ldms: "{{SharedWorld.PlaceAddress}}:{{Port.ToString(CultureInfo.InvariantCulture)}}" }, this: { sampler: vmstat } }
            """;
        world.Put("a");
        world.Start("a");
        AwaitAnswers(world);
        var pids = Pids(world);
        Assert.Equal(3, pids.Length);      // ldmsd, the guardian, its daemon
        var files = pids.Select(Files).ToArray();

        var dice = new Random(seed);
        IPAddress[] doors = [SharedWorld.PlaceAddress, IPAddress.Parse(world.AddressOf("a"))];
        var rounds = 0;
        for (var until = BootClock.Now + s_length; BootClock.Now < until || rounds < LeastRounds; rounds++)
        {
            Round(world, doors[rounds % 2], dice);
        }

        open.ForEach(s => s.Dispose());
        world.Check(pids.SequenceEqual(Pids(world)), $"seed {seed}: a daemon ended");
        output.WriteLine($"seed {seed}: {rounds} rounds; memory at most {string.Join(' ', pids.Select(p => $"{Memory(p, "VmHWM:") >> 20} MB"))}, now {string.Join(' ', pids.Select(p => $"{Memory(p, "VmRSS:") >> 20} MB"))}");
        world.Check(pids.All(p => Memory(p, "VmHWM:") < MostBytes), $"seed {seed}: a daemon took more than {MostBytes} bytes");
        AwaitAnswers(world);
        world.Await($"seed {seed}: connections that are over are closed", () => pids.Select((p, i) => Files(p) - files[i]).Max() is var more && more < 40 ? null : $"{more} files more than before");

        // Who may read there may not give orders.
        var order = world.Run("ldms", "control", "-x", "sock", "-h", world.AddressOf("a"), "-p", "411", "-a", "none", "--cmd", "updtr_add name=u interval=1000000");
        Assert.Contains("Permission denied", order.Output + order.Errors, StringComparison.Ordinal);
        Assert.Equal(["@this", "s0"], world.Look("a")!.Producers.Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>Both doors list, with samples, and tell how they are; and the collecting one has fresh samples of the other's.</summary>
    private static void AwaitAnswers(SharedWorld world)
    {
        foreach (var (address, set) in new[] { (SharedWorld.PlaceAddress.ToString(), "s0/meminfo"), (world.AddressOf("a"), "a/vmstat") })
        {
            string[] at = ["-x", "sock", "-h", address, "-p", Port.ToString(CultureInfo.InvariantCulture), "-a", "none"];
            world.Await($"{address} lists {set}", () => world.Run(["ldms", "ls", .. at, "-l", set]) is var said && said.Output.StartsWith($"{set}: consistent", StringComparison.Ordinal) ? null : said.ToString());
            world.Await($"{address} tells its state", () => world.Run(["ldms", "control", .. at, "--cmd", "daemon_status"]) is var said && said.Output.Contains("ready", StringComparison.Ordinal) ? null : said.ToString());
        }

        world.Await("a has fresh samples of s0", () => world.Look("a")?.Producers.SingleOrDefault(p => p.Name == "s0") is { LagMs: < 3000 } ? null : "no");
    }

    private static int[] Pids(SharedWorld world) => [.. world.Place.Pids(), .. world["a"].Pids()];

    private static int Files(int pid) => Directory.GetFiles($"/proc/{pid}/fd").Length;

    /// <summary>In bytes, by proc_pid_status(5).</summary>
    private static long Memory(int pid, string of) =>
        long.Parse(File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(of, StringComparison.Ordinal))[of.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) << 10;

    private void Round(SharedWorld world, IPAddress door, Random dice)
    {
        var socket = world.Place.Inside(static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { SendTimeout = 500, ReceiveTimeout = 100, NoDelay = true });
        try
        {
            socket.Connect(door, Port);
            switch (dice.Next(8))
            {
                case 0:
                    var noise = new byte[dice.Next(60_000)];
                    dice.NextBytes(noise);
                    _ = socket.Send(noise);
                    break;
                case 1 or 2:
                    Replay(socket, dice);
                    break;
                case 3 when open.Count < 30:
                    open.Add(socket);      // it says nothing, or half of a head, and stays
                    _ = socket.Send(new byte[dice.Next(20)]);
                    return;
                default:
                    Command(socket, dice);
                    break;
            }

            Drain(socket, dice);
        }
        catch (SocketException)
        {
            // It hung up on us, as it may; that it still listens is asked in the end.
        }

        socket.Dispose();
    }

    /// <summary>What a recorded client said, with some bytes changed.</summary>
    private static void Replay(Socket socket, Random dice)
    {
        var talks = Capture.Messages.GroupBy(m => m.Connection).ToList();
        var flips = dice.Next(3) == 0 ? 0 : 1 + dice.Next(4);
        byte[] bytes = [.. talks[dice.Next(talks.Count)].Where(m => m.IsFromClient).Take(40).SelectMany(m => m.Bytes)];
        for (var i = 0; i < flips; i++)
        {
            bytes[dice.Next(bytes.Length)] ^= (byte)(1 + dice.Next(255));
        }

        for (var at = 0; at < bytes.Length;)
        {
            at += socket.Send(bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + dice.Next(2000))));
        }
    }

    /// <summary>Opens a connection as a client does, and asks and orders at random; the records are whole, or cut, or lie about their length.</summary>
    private static void Command(Socket socket, Random dice)
    {
        var to = new WireBuffer();
        var writer = new LdmsWriter(to);
        var introduction = new ConnectBytes("none");
        var bytes = new byte[introduction.Length];
        _ = introduction.Write(bytes);
        ZapWriter.Connect(to, 1, 0, bytes);
        ZapWriter.Content(to, ZapType.AckAccepted, 2, 0, default);
        for (var i = 1 + dice.Next(30); i > 0; i--)
        {
            switch (dice.Next(12))
            {
                case 0:
                    writer.Dir((ulong)i, notify: dice.Next(2) == 0);
                    break;
                case 1:
                    writer.Lookup((ulong)i, dice.Next(2) == 0 ? "s0/meminfo" : Word(dice));
                    break;
                case 2:
                    ZapWriter.ReadRequest(to, (uint)dice.Next(), 0, new ZapMap((uint)dice.Next(3), (ulong)dice.NextInt64(), dice.Next(1 << 20)));
                    break;
                default:
                    foreach (var record in Request(dice))
                    {
                        if (dice.Next(20) == 0)
                        {
                            record[dice.Next(record.Length)] ^= (byte)(1 + dice.Next(255));
                        }

                        writer.SendMessage((ulong)i, dice.Next(40) == 0 ? record[..dice.Next(record.Length)] : record);
                    }

                    break;
            }
        }

        for (var at = 0; at < to.Count;)
        {
            at += socket.Send(to.Filled[at..]);
        }
    }

    private static List<byte[]> Request(Random dice)
    {
        if (dice.Next(2) == 0)
        {
            return Sensible(dice);
        }

        var code = dice.Next(10) switch { 0 => (uint)dice.Next(0x1000), 1 => 0x705u + (uint)dice.Next(7), _ => LdmsdVerbs.All[dice.Next(LdmsdVerbs.All.Count)].RequestId };
        var attributes = Enumerable.Range(0, dice.Next(9)).Select(_ => ConfigValue.Of((ConfigWord)(1 + dice.Next(dice.Next(5) == 0 ? 60 : 30)), Word(dice))).ToList();
        if (code is >= 0x707 and <= 0x709)
        {
            attributes.Insert(0, ConfigValue.Of(ConfigWord.Name, "#a"));      // our own writer refuses to send any other name there, since it ends a real daemon
        }

        return new ConfigMessage(dice.Next(20) == 0, (uint)dice.Next(), code, [.. attributes]).ToRecords();
    }

    /// <summary>What a verb wants, most values such as it takes: so that much is done, and in any order.</summary>
    private static List<byte[]> Sensible(Random dice)
    {
        LdmsdVerb[] done = [.. LdmsdVerbs.All.Where(v => v.NotDone is null)];
        var verb = done[dice.Next(done.Length)];
        var words = verb.Needs.Concat(verb.Takes.Where(_ => dice.Next(3) == 0)).Select(n => (Id: LdmsdWire.IdOf(n) ?? LdmsdWire.Text, Text: dice.Next(8) == 0 ? Word(dice) : Likely(n, dice)));
        return new ConfigMessage(false, (uint)dice.Next(), verb.RequestId, [.. words.Select(w => ConfigValue.Of((ConfigWord)w.Id, w.Text))]).ToRecords();
    }

    private static string Likely(string attribute, Random dice) => attribute switch
    {
        "name" => new[] { "a", "b", "c", "meminfo", "store_csv" }[dice.Next(5)],
        "interval" or "reconnect" => "20ms",
        "offset" => "0",
        "type" => "active",
        "xprt" => "sock",
        "host" => SharedWorld.PlaceAddress.ToString(),
        "port" => dice.Next(3) == 0 ? "1" : "411",
        "regex" => ".*",
        "match" => dice.Next(2) == 0 ? "inst" : "schema",
        "plugin" => new[] { "meminfo", "vmstat", "store_csv" }[dice.Next(3)],
        "container" => "a",
        "schema" => "meminfo",
        "metric" => "MemFree",
        "peer_name" => "a",
        _ => Word(dice),
    };

    private static string Word(Random dice) => s_words[dice.Next(s_words.Length)];

    /// <summary>Some of the answers; what is not read when it closes is a reset to the daemon.</summary>
    private static void Drain(Socket socket, Random dice)
    {
        var into = new byte[16 << 10];
        for (var i = dice.Next(4); i > 0 && socket.Poll(20_000, SelectMode.SelectRead) && socket.Receive(into) > 0; i--)
        {
        }
    }
}

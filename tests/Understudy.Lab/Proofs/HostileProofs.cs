using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Understudy.Core.Peers;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>Wrong secret, replayed, truncated, oversized and random datagrams, a million of them, change nothing and leave everybody serving.</summary>
[Collection(nameof(OneAtATime))]
public sealed class HostileProofs(ITestOutputHelper output)
{
    private const int Count = 1_000_000;
    private const int Port = 1291;

    /// <summary>So many each millisecond: far over what a pair says itself, and under what makes a switch of a laptop lose frames of others.</summary>
    private const int Burst = 40;

    private const int MostCaptured = 4000;

    [Fact]
    public void A_million_hostile_datagrams_change_nothing_and_leave_all_serving()
    {
        using var pair = new LivePair { Ttl = TimeSpan.FromMilliseconds(1500) };
        pair.StartAll();
        pair.Home(Host.Alpha);

        // Real ones to replay: beats, claims, answers and let-goes of two moves and of a daemon that is dead by then.
        using var ear = pair.World.Wires.Inside(() => Packets(pair.World.Wires, earAt: Place.Port(Host.Alpha)));
        using var otherEar = pair.World.Wires.Inside(() => Packets(pair.World.Wires, earAt: Place.Port(Host.Beta)));
        pair.Home(Host.Beta);
        pair.Home(Host.Alpha);
        LabClock.Pause(TimeSpan.FromSeconds(0.5));
        var real = Captured(ear).Concat(Captured(otherEar)).ToList();
        Assert.Equal([1, 2, 3, 4], real.Select(r => (int)r.Payload[3]).Distinct().Order());
        pair.Faults.KillDaemon(Host.Beta);
        pair.Await("beta's daemon is back", () => pair.DaemonPids(Host.Beta).Count == 1);
        pair.AwaitCalm(Host.Alpha);
        pair.Await("alpha alone answers", () => pair.World.Client.SteadyAnswerer(TimeSpan.FromSeconds(0.3)) == 'a');

        var changes = pair.World.Addresses.Changes.Count;
        var epoch = pair.Web(Host.Alpha)!.HeldEpoch;
        var processes = new[] { Host.Alpha, Host.Beta, Host.Witness }.SelectMany(pair.Pids).Order().ToArray();
        var memory = processes.ToDictionary(pid => pid, ResidentKiB);
        var answers = 0;
        var sent = Attack(pair, real, () => answers += pair.Status(Host.Alpha) is not null && pair.Status(Host.Beta) is not null ? 1 : 0);

        Assert.True(sent >= Count * 9 / 10, $"only {sent} of {Count} left: nothing is shown by that");
        Assert.True(pair.World.Addresses.Changes.Count == changes, $"an address moved\n{pair.Scene()}");
        Assert.Equal('a', pair.World.Client.SteadyAnswerer(TimeSpan.FromSeconds(1)));
        Assert.True(answers > 0, "no status was answered while it went on");
        Assert.Equal(processes, new[] { Host.Alpha, Host.Beta, Host.Witness }.SelectMany(pair.Pids).Order().ToArray());
        Assert.Equal(epoch, pair.Web(Host.Alpha)!.HeldEpoch);
        foreach (var pid in processes)
        {
            // The managed heap breathes by a few MB; a leak of a hundred bytes each would be 30 MB and more.
            Assert.InRange(ResidentKiB(pid), 0, memory[pid] + (24 * 1024));
        }

        var refused = new[] { Host.Alpha, Host.Beta }.Select(h => pair.Status(h)!.Talk.Refused.ToDictionary(r => r.Reason, r => r.Count, StringComparer.Ordinal)).ToList();
        output.WriteLine($"{sent} sent; " + string.Join("; ", refused.Select(r => string.Join(", ", r.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Key} {e.Value}"))))));
        foreach (var host in refused)
        {
            foreach (var reason in new[] { "length", "magic", "version", "kind", "unknown_key", "mac", "replayed", "wrong_link" })
            {
                Assert.True(host.GetValueOrDefault(reason) > 0, $"none was refused for {reason}: {string.Join(", ", host)}");
            }

            Assert.True(host.Values.Sum() > Count / 10, $"only {host.Values.Sum()} were refused, so hardly any arrived");
        }

        Assert.True(pair.Metric(Host.Alpha, "understudy_datagrams_dropped_total{reason=\"mac\"}") > 0);

        // And all is as it was: the duty moves when it is told to.
        pair.Home(Host.Beta);
        pair.Home(Host.Alpha);
        pair.AssertTruth();
    }

    private static long Attack(LivePair pair, List<Capture> real, Action lookFromTimeToTime)
    {
        var client = pair.World[Host.Client];
        using var plain = client.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { SendBufferSize = 4 << 20, Blocking = false });
        using var raw = client.Inside(() => Packets(client, earAt: null));
        var macs = new[] { Host.Alpha, Host.Beta, Host.Witness }.ToDictionary(h => h, h => Mac(pair, h));
        var own = Mac(pair, Host.Client);
        var forge = new Forge(real, new Random(7));
        var targets = new[] { Host.Alpha, Host.Beta, Host.Witness };
        var to = targets.Select(h => new IPEndPoint(IPAddress.Parse(Place.ServiceNetAddress(h)), Port)).ToArray();
        var frame = new byte[2048];
        long sent = 0;
        var due = LabClock.Now;
        var look = due + LabClock.Second;
        for (var i = 0; i < Count; i++)
        {
            if (i % Burst == 0)
            {
                due = Math.Max(due + LabClock.Millisecond, LabClock.Now - LabClock.Second);
                LabLibc.SleepUntil(due);
                if (LabClock.Now > look)
                {
                    lookFromTimeToTime();
                    look = LabClock.Now + (2 * LabClock.Second);
                }
            }

            var target = i / 9 % targets.Length;       // each kind of the nine to each host
            try
            {
                if (i % 4 == 3)
                {
                    // As it was, from whom it was, to the same host, or by the wrong door: the private address on the service net.
                    var capture = real[(i / 4) % real.Count];
                    var length = forge.Spoofed(capture, macs[capture.To], own, frame, wrongDoor: i % 8 == 7);
                    sent += raw.Send(frame.AsSpan(0, length)) > 0 ? 1 : 0;
                }
                else
                {
                    sent += plain.SendTo(forge.Next(i, frame), SocketFlags.None, to[target]) > 0 ? 1 : 0;
                }
            }
            catch (SocketException)
            {
                // The kernel's queue is full: this one did not leave, and is not counted.
            }
        }

        return sent;
    }

    /// <summary>An ear at a port of the switch, or a mouth that hears nothing.</summary>
    private static Socket Packets(NetworkNamespace place, string? earAt)
    {
        // packet(7): ETH_P_ALL is 3, 0 hears nothing. An ear for ETH_P_IP alone stays deaf at the port of a bridge, which takes each frame before it gets there.
        var protocol = (byte)(earAt is null ? 0 : 3);
        var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness((short)protocol))
        {
            ReceiveBufferSize = 4 << 20,
            SendBufferSize = 4 << 20,
        };

        // "7: eth0@if8: <...": /sys would show the devices of the namespace in which it was mounted.
        var line = Shell.Run("ip", null, "-n", place.Name, "-o", "link", "show", "dev", earAt ?? Place.ServiceDevice);
        socket.Bind(new PacketEndPoint(protocol, int.Parse(line.AsSpan(0, line.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture)));
        return socket;
    }

    /// <summary>What has arrived so far, if it is a datagram of the pair to one of its hosts.</summary>
    private static List<Capture> Captured(Socket ear)
    {
        var found = new List<Capture>();
        var frame = new byte[2048];
        while (found.Count < MostCaptured && ear.Poll(0, SelectMode.SelectRead))
        {
            var length = ear.Receive(frame);

            // Ethernet is 14 bytes, IPv4 (0x0800) without options 20, UDP 8; protocol 17 is UDP (RFC 894, RFC 791, RFC 768).
            if (length < 42 + Datagram.MinBytes || frame[12] != 0x08 || frame[13] != 0x00 || frame[23] != 17 || !IsPort(frame))
            {
                continue;
            }

            var host = frame[33] switch { 1 => Host.Alpha, 2 => Host.Beta, 9 => Host.Witness, _ => Host.Client };
            var payload = frame[42..length];
            if (host != Host.Client && payload[0] == 0x55 && payload[1] == 0x53)
            {
                found.Add(new Capture(host, frame[..42], payload));
            }
        }

        return found;
    }

    private static bool IsPort(byte[] frame) =>
        BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34)) == Port || BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36)) == Port;

    private static byte[] Mac(LivePair pair, Host host) => pair.World[host].Inside(() =>
        Convert.FromHexString(Shell.Run("ip", null, "-n", pair.World[host].Name, "-br", "link", "show", Place.ServiceDevice)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[2].Replace(":", "", StringComparison.Ordinal)));

    /// <summary>proc_pid_status(5).</summary>
    private static long ResidentKiB(int pid) => long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private sealed record Capture(Host To, byte[] Head, byte[] Payload);

    /// <summary>Makes datagrams that nobody should believe.</summary>
    private sealed class Forge(List<Capture> real, Random random)
    {
        private static readonly byte[] WrongSecret = SHA256.HashData("not the secret of this pair"u8);

        private static readonly byte[] WrongKeyId = SHA256.HashData([.. Encoding.ASCII.GetBytes("understudy key id"), .. WrongSecret])[..4];

        internal ReadOnlySpan<byte> Next(int i, byte[] into)
        {
            var payload = real[i % real.Count].Payload;
            payload.CopyTo(into, 0);
            switch (i % 9)
            {
                case 0:         // as it was, from another address
                    return into.AsSpan(0, payload.Length);
                case 1:         // one bit is another
                    into[random.Next(payload.Length)] ^= (byte)(1 << random.Next(8));
                    return into.AsSpan(0, payload.Length);
                case 2:         // cut short
                    return into.AsSpan(0, random.Next(payload.Length));
                case 3:         // too long, with a length that says so or does not
                    random.NextBytes(into.AsSpan(payload.Length));
                    var length = random.Next(payload.Length + 1, into.Length);
                    BinaryPrimitives.WriteUInt16BigEndian(into.AsSpan(62), (ushort)(random.Next(2) == 0 ? length - Datagram.MinBytes : random.Next(1 << 16)));
                    return into.AsSpan(0, length);
                case 4:         // nothing but chance
                    random.NextBytes(into.AsSpan(0, 1472));
                    return into.AsSpan(0, random.Next(1472));
                case 5:         // signed by another secret, with that one's key id, or with ours
                    if (random.Next(2) == 0)
                    {
                        WrongKeyId.CopyTo(into, 4);
                    }

                    Sign(into, payload.Length);
                    return into.AsSpan(0, payload.Length);
                case 6:         // another version or kind
                    into[2 + random.Next(2)] = (byte)random.Next(5, 256);
                    return into.AsSpan(0, payload.Length);
                case 7:         // other letters
                    into[random.Next(2)] ^= 0x20;
                    return into.AsSpan(0, payload.Length);
                default:        // a body that claims more than there is, signed by another secret
                    into[64] = 255;
                    into[65] = 255;
                    Sign(into, payload.Length);
                    return into.AsSpan(0, payload.Length);
            }
        }

        /// <summary>The captured frame, from the address that it came from, sent by our own network card.</summary>
        internal int Spoofed(Capture capture, byte[] toMac, byte[] ownMac, byte[] frame, bool wrongDoor)
        {
            capture.Head.CopyTo(frame, 0);
            toMac.CopyTo(frame, 0);
            ownMac.CopyTo(frame, 6);
            capture.Payload.CopyTo(frame, 42);
            var header = frame.AsSpan(14, 20);
            if (wrongDoor)
            {
                header[17] = 98;        // 10.98.0.x: the private link's address
            }

            header[10] = header[11] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], Checksum(header));
            frame[40] = frame[41] = 0;  // no UDP checksum: RFC 768 allows it over IPv4
            return 42 + capture.Payload.Length;
        }

        private static void Sign(byte[] into, int length) =>
            HMACSHA256.HashData(WrongSecret, into.AsSpan(0, length - Datagram.MacBytes)).AsSpan(0, Datagram.MacBytes).CopyTo(into.AsSpan(length - Datagram.MacBytes));

        /// <summary>RFC 1071.</summary>
        private static ushort Checksum(ReadOnlySpan<byte> header)
        {
            var sum = 0u;
            for (var i = 0; i < header.Length; i += 2)
            {
                sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
            }

            while (sum > 0xffff)
            {
                sum = (sum & 0xffff) + (sum >> 16);
            }

            return (ushort)~sum;
        }
    }

    /// <summary>struct sockaddr_ll of packet(7): all frames of one device.</summary>
    private sealed class PacketEndPoint(byte protocol, int device) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            address[2] = 0;
            address[3] = protocol;      // in network order
            for (var i = 0; i < 4; i++)
            {
                address[4 + i] = (byte)(device >> (8 * i));
            }

            return address;
        }
    }
}

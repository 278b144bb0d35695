using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;
using Understudy.Linux.Interop;

namespace Understudy.Daemon;

/// <summary>
/// Listens on each device that carries an IPv4 address of a duty for others who use it (RFC 5227 section 2.4). The kernel lets through only what names an address that
/// is here now and does not come from us, so that neither a busy LAN nor the rightful holder wakes a standby. On the loop's thread.
/// </summary>
/// <remarks>IPv6 is not watched: a rival's neighbour advertisement goes to all nodes, but its answers to others do not reach us, and the kernel's own
/// duplicate address detection is off for addresses that must work at once.</remarks>
internal sealed class ConflictDesk : IDisposable
{
    /// <summary>After frames were read, a device is not listened to for so long: whoever floods it with claims wakes the loop once a second.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>More than the kernel keeps for a socket that rests (net.core.rmem_default, 212 KiB, at some 700 bytes a frame).</summary>
    private const int MostAtOnce = 512;

    private readonly DutyHands[] hands;
    private readonly EpollSet epoll;
    private readonly ulong firstTag;
    private readonly Device[] devices;
    private readonly ConflictPace[] paces;
    private readonly bool[] present;

    /// <param name="firstTag">The first device's tag in the loop's set; the others follow.</param>
    public ConflictDesk(DutyHands[] hands, EpollSet epoll, ulong firstTag)
    {
        (this.hands, this.epoll, this.firstTag) = (hands, epoll, firstTag);
        devices = [.. hands.SelectMany(h => h.Duty.Addresses).Where(a => WireAddress.Of(a.Address).Length == 4).Select(a => a.Device).Distinct(StringComparer.Ordinal).Select(d => new Device(d))];
        paces = [.. hands.Select(_ => new ConflictPace())];
        present = new bool[hands.Length];
    }

    /// <summary>When there is something to tell, or a rest is over.</summary>
    public Instant Deadline(ReadOnlySpan<DutyDesk> desks)
    {
        var at = Instant.Never;
        foreach (var device in devices)
        {
            at = Instant.Earlier(at, device.RestUntil);
        }

        for (var i = 0; i < paces.Length; i++)
        {
            at = Performs(desks[i]) ? Instant.Earlier(at, paces[i].Deadline) : at;
        }

        return at;
    }

    /// <summary>Opens what is not open yet, and anew what is another device than it was. Returns what could not be opened, in words, or null.</summary>
    public string? Open()
    {
        string? trouble = null;
        Span<byte> mac = stackalloc byte[ArpFrame.MacBytes];
        for (var d = 0; d < devices.Length; d++)
        {
            var device = devices[d];
            var there = Link(device.Name, out var index, mac);
            if (there && device.Watch is not null && device.Index == index && mac.SequenceEqual(device.Mac))
            {
                continue;
            }

            Close(device);
            if (!there)
            {
                continue;      // it has no neighbours, or is not there: its event brings us back
            }

            try
            {
                device.Watch = new ArpWatch(index, mac, Guarded(device.Name));
                (device.Index, device.Mac) = (index, mac.ToArray());
                epoll.Add(device.Watch.Fd, firstTag + (ulong)d);
            }
            catch (IOException e)
            {
                Close(device);
                trouble = $"{device.Name}: {e.Message}";
            }
        }

        return trouble;
    }

    /// <summary>Guards what has come here, and no longer what has gone. Returns what the kernel refused, in words, or null.</summary>
    public string? Follow(Instant now)
    {
        var changed = false;
        for (var i = 0; i < hands.Length; i++)
        {
            if (present[i] != hands[i].Present)
            {
                present[i] = hands[i].Present;
                paces[i].Forget();
                changed = true;
            }
        }

        string? trouble = null;
        for (var d = 0; d < devices.Length; d++)
        {
            var device = devices[d];
            if (changed && device.Watch?.Guard(Guarded(device.Name)) is < 0 and var refused)
            {
                trouble = $"{device.Name}: {Errno.Text(refused)}";
            }

            if (now >= device.RestUntil)
            {
                device.RestUntil = Instant.Never;
                epoll.Add(device.Watch!.Fd, firstTag + (ulong)d);
            }
        }

        return trouble;
    }

    /// <summary>Reads what one device has heard.</summary>
    public void Hear(ulong tag, Instant now)
    {
        var device = devices[tag - firstTag];
        var any = false;
        for (var n = 0; n < MostAtOnce && device.Watch!.Read(out var seen); n++)
        {
            any = true;
            for (var i = 0; i < hands.Length; i++)
            {
                if (hands[i].Present && hands[i].Duty.Addresses.Any(a => a.Device == device.Name && WireAddress.Of(a.Address) == seen.Address))
                {
                    paces[i].Hear(seen);
                }
            }
        }

        if (any)
        {
            device.RestUntil = now + Rest;
            _ = epoll.Remove(device.Watch!.Fd);
        }
    }

    /// <summary>What one duty is to be told now; null for nothing. Before it performs, its start announces anyway.</summary>
    public DutyEvent.ConflictSeen? Due(int duty, DutyDesk desk, Instant now) =>
        Performs(desk) && paces[duty].Take(now) is { } seen ? new DutyEvent.ConflictSeen(seen.Address.ToString(), seen.MacText) : null;

    public void Dispose()
    {
        foreach (var device in devices)
        {
            Close(device);
        }
    }

    private static bool Performs(DutyDesk desk) => desk.State.Stance is Stance.Active;

    private bool Link(string name, out int index, Span<byte> mac)
    {
        foreach (var one in hands)
        {
            for (var a = 0; a < one.Duty.Addresses.Count; a++)
            {
                if (one.Duty.Addresses[a].Device == name)
                {
                    return one.Addresses.TryLink(a, out index, mac);
                }
            }
        }

        index = 0;
        return false;
    }

    private System.Net.IPAddress[] Guarded(string device) =>
        [.. from one in hands where one.Present from a in one.Duty.Addresses where a.Device == device select a.Address];

    private void Close(Device device)
    {
        if (device.Watch is { } watch)
        {
            _ = epoll.Remove(watch.Fd);      // harmless where it rests
            watch.Dispose();
        }

        (device.Watch, device.RestUntil) = (null, Instant.Never);
    }

    private sealed class Device(string name)
    {
        public string Name { get; } = name;

        public int Index { get; set; }

        public byte[] Mac { get; set; } = [];

        public ArpWatch? Watch { get; set; }

        public Instant RestUntil { get; set; } = Instant.Never;
    }
}

using System.Globalization;
using Understudy.Core.Ups;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>What systemd keeps for a driver between the end of one process and the start of the next. Nothing, where the unit has no store for it.</summary>
internal sealed class UpsStore
{
    private const string Sockets = UpsPlaces.Program, Record = $"{UpsPlaces.Program}.state";

    /// <summary>upsdrvctl, a shell or two, and ourselves stand between systemd and the process that stays.</summary>
    private const int MostAncestors = 16;

    private readonly string? address;
    private readonly int room;
    private readonly List<string> names = [];
    private readonly List<int> passed = [];

    /// <param name="environment">NOTIFY_SOCKET; FDSTORE, how many descriptors there is room for: systemd says so itself since version 254 (systemd.exec(5)), our drop-in for older ones.</param>
    internal UpsStore(Func<string, string?> environment)
    {
        address = environment("NOTIFY_SOCKET") is { Length: > 1 } path && path[0] is '/' or '@' ? path : null;
        room = Whole(environment("FDSTORE"));
        var count = Whole(environment("LISTEN_FDS"));
        if (count is <= 0 or > 65_536 || !IsOurLine(Whole(environment("LISTEN_PID"))))
        {
            return;
        }

        var called = (environment("LISTEN_FDNAMES") ?? "").Split(':');
        for (var i = 0; i < count; i++)
        {
            var fd = DescriptorStore.First + i;
            DescriptorSocket.Keep(fd);
            names.Add(i < called.Length ? called[i] : "unknown");
            passed.Add(fd);
        }

        // Those that we start are not meant: sd_listen_fds(3), unset_environment.
        foreach (var name in new[] { "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" })
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    /// <summary>What the last process left for this UPS; null for none. What else was passed is closed.</summary>
    internal Inheritance? Take(string ups)
    {
        var sockets = new List<int>();
        ProxyHandover? record = null;
        for (var i = 0; i < passed.Count; i++)
        {
            if (names[i] == Sockets)
            {
                sockets.Add(passed[i]);
                continue;
            }

            record = names[i] == Record ? Inheritance.Read(passed[i], ups) ?? record : record;
            UnixSocket.Close(passed[i]);
        }

        passed.Clear();
        if (record is null)
        {
            sockets.ForEach(UnixSocket.Close);
            return null;
        }

        return Inheritance.Of(record, sockets);
    }

    /// <summary>systemd need not keep any of it any more; as long as it does, a client that we close is not closed.</summary>
    internal void Forget()
    {
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            _ = address is null ? 0 : DescriptorStore.Remove(address, name);
        }

        names.Clear();
    }

    /// <summary>There is a store, and it has room for so many descriptors.</summary>
    internal bool HasRoom(int descriptors) => address is not null && room >= descriptors;

    /// <summary>Leaves everything to the next process. False where not all of it is kept, and then none.</summary>
    internal bool Put(ProxyHandover record, ReadOnlySpan<int> descriptors)
    {
        var file = Inheritance.Write(record);
        if (file < 0 || !HasRoom(descriptors.Length + 1))
        {
            UnixSocket.Close(file);
            return false;
        }

        var kept = DescriptorStore.Put(address!, Sockets, descriptors) >= 0 && DescriptorStore.Put(address!, Record, [file]) >= 0 && DescriptorStore.Settled(address!);
        UnixSocket.Close(file);
        if (!kept)
        {
            names.AddRange([Sockets, Record]);
            Forget();
        }

        return kept;
    }

    /// <summary>The descriptors are for us, or for one that started us: upsdrvctl stands between, and passes everything on.</summary>
    private static bool IsOurLine(int pid)
    {
        var at = Environment.ProcessId;
        for (var i = 0; i < MostAncestors && at > 1; i++)
        {
            if (at == pid)
            {
                return true;
            }

            at = ParentOf(at);
        }

        return false;
    }

    /// <summary>proc_pid_stat(5): the fourth field, behind a name that may have anything in it.</summary>
    private static int ParentOf(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return Whole(text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var parent, ..] ? parent : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static int Whole(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

using System.Globalization;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>
/// A dump, a change, a client and a lost source, gone through once before any real one: what runs for the first time takes milliseconds, and a stock driver in the middle of its dump hangs up on who
/// leaves its buffer full for less than one.
/// </summary>
internal static class UpsRehearsal
{
    private const int Variables = 100;

    internal static void Run(ProxyRules rules, ProxyIdentity identity)
    {
        var now = BootClock.Now;
        var proxy = new UpsProxy(rules, identity, now);
        var (one, other) = UnixSocket.Pair();
        using var here = new LineSocket(one);
        using var there = new LineSocket(other);
        LineTaker taker = line => proxy.SourceSaid(0, line, now);
        proxy.ClientCame(0);
        proxy.SourceCame(0, now);
        if (there.Send(Dump()) && here.ReadDump(taker))
        {
            Turn(proxy);
            _ = there.Send("SETINFO ups.status \"OB\"\nSETINFO battery.charge \"90\"\n"u8.ToArray()) && here.Read(taker);
            Turn(proxy);
            proxy.ClientSaid(0, ["DUMPALL"], now);
            proxy.ClientSaid(0, ["PING"], now);
            proxy.ClientSaid(0, [ProxyReportText.Word, "STATUS"], now);
        }

        proxy.SourceWent(0, "the rehearsal is over", now);
        Turn(proxy);

        void Turn(UpsProxy turned)
        {
            turned.Settle(now);
            _ = turned.Deadline(now);
            turned.Outputs.Clear();
            turned.Decisions.Clear();
        }
    }

    private static byte[] Dump()
    {
        var writer = new DriverLineWriter();
        writer.SetInfo("ups.status", "OL").SetInfo("battery.charge", "100").SetInfo("driver.version", "2.8.0");
        for (var i = 0; i < Variables; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"ups.rehearsal.{i}");
            writer.SetInfo(name, "value").AddEnum(name, "value").AddRange(name, 0, i).SetAux(name, 32).SetFlags(name, VariableTraits.Writable | VariableTraits.Text);
        }

        return writer.AddCommand("test.battery.start").Bare("DATAOK").Bare("DUMPDONE").Written.ToArray();
    }
}

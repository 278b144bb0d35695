using System.Net;
using System.Net.Sockets;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Lab.Ups;
using Understudy.Lab.Worlds;
using Understudy.Linux.Power;
using Understudy.Linux.Probing;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>A UPS as a mains witness, asked through Debian's own upsd.</summary>
public sealed class UpsdLab
{
    [Fact]
    public void The_UPS_s_own_word_counts_and_that_of_a_broken_way_does_not()
    {
        using var stage = new NutStage();
        stage.Dummy("rack", ("ups.status", "OL"), ("battery.charge", "87.5"));
        stage.Dummy("plain", ("ups.status", "OL"));
        stage.StartSources("rack", "plain");
        stage.StartServer();
        stage.Await("it is on line", () => Read(stage) is ProbeReading.Good { Detail: var said } && said.EndsWith("is on line (OL)", StringComparison.Ordinal));
        Assert.Equal(87.5, Assert.IsType<Measure.Taken>(Charge(stage)).Number);

        stage.Change("rack", ("ups.status", "OB DISCHRG"));
        stage.Await("it is on battery", () => Read(stage) is ProbeReading.Bad { Answered: false });
        stage.Change("rack", ("ups.status", "OL BYPASS"));
        stage.Await("it is on line again", () => Read(stage) is ProbeReading.Good);

        Assert.Contains("UNKNOWN-UPS", Assert.IsType<ProbeReading.Unread>(Read(stage, "nobody")).Reason, StringComparison.Ordinal);
        stage.Await("one without a battery has no charge", () => Charge(stage, "plain") is Measure.Unread { Why: var why } && why.Contains("VAR-NOT-SUPPORTED", StringComparison.Ordinal));

        // The driver dies on battery: upsd knows the last word for a while, and must then say that it knows nothing.
        stage.Change("rack", ("ups.status", "OB"));
        stage.Await("it is on battery once more", () => Read(stage) is ProbeReading.Bad);
        _ = stage.End("rack", LabLibc.SIGKILL);
        stage.Await("its data are stale", () => Read(stage) is ProbeReading.Unread { Reason: var why } && (why.Contains("DATA-STALE", StringComparison.Ordinal) || why.Contains("DRIVER-NOT-CONNECTED", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_upsd_that_is_not_there_or_hangs_up_is_no_outage()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var stop = TestContext.Current.CancellationToken;

        // Hangs up without a word.
        var reading = Ask(port, TimeSpan.FromSeconds(10));
        (await listener.AcceptSocketAsync(stop)).Close();
        Assert.IsType<ProbeReading.Unread>(await reading);

        // Answers a line without an end.
        reading = Ask(port, TimeSpan.FromSeconds(10));
        using (var endless = await listener.AcceptSocketAsync(stop))
        {
            _ = await endless.SendAsync(new byte[4096], stop);
            Assert.Contains("no end", Assert.IsType<ProbeReading.Unread>(await reading).Reason, StringComparison.Ordinal);
        }

        // Says nothing at all.
        reading = Ask(port, TimeSpan.FromMilliseconds(200));
        using (await listener.AcceptSocketAsync(stop))
        {
            Assert.Contains("no answer in time", Assert.IsType<ProbeReading.Unread>(await reading).Reason, StringComparison.Ordinal);
        }

        // Answers as upsd does, in pieces.
        reading = Ask(port, TimeSpan.FromSeconds(10));
        using (var slow = await listener.AcceptSocketAsync(stop))
        {
            var asked = new byte[64];
            Assert.Equal("GET VAR ups ups.status\n", System.Text.Encoding.ASCII.GetString(asked, 0, await slow.ReceiveAsync(asked, stop)));
            _ = await slow.SendAsync("VAR ups ups.st"u8.ToArray(), stop);
            _ = await slow.SendAsync("atus \"OB LB\"\n"u8.ToArray(), stop);
            Assert.IsType<ProbeReading.Bad>(await reading);
        }

        listener.Stop();
        Assert.Contains("refused", Assert.IsType<ProbeReading.Unread>(await Ask(port, TimeSpan.FromSeconds(10))).Reason, StringComparison.Ordinal);
    }

    private static ProbeReading Read(NutStage stage, string ups = "rack") => Ask(stage.Port, TimeSpan.FromSeconds(10), ups).GetAwaiter().GetResult();

    private static Measure Charge(NutStage stage, string ups = "rack") => UpsdSource.ChargeAsync("127.0.0.1", stage.Port, ups, TestContext.Current.CancellationToken).GetAwaiter().GetResult();

    private static async Task<ProbeReading> Ask(int port, TimeSpan limit, string ups = "ups")
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(limit);
        using var probe = new NutProbe(new ProbeSettings.Nut(ups, "127.0.0.1", port));
        return await probe.ReadAsync(stop.Token);
    }
}

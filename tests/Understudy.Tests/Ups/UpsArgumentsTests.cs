using Understudy.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>The command lines that upsdrvctl, systemd's units and people use, and what getopt(3) makes of them.</summary>
public sealed class UpsArgumentsTests
{
    private static UpsArguments Read(string line) => UpsArguments.Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("-a ups")]
    [InlineData("-aups")]
    [InlineData("-B -a ups")]
    public void As_upsdrvctl_starts_it(string line)
    {
        var read = Read(line);
        Assert.Empty(read.Errors);
        Assert.Equal(("ups", UpsGround.Background), (read.Section, read.Ground));
    }

    [Theory]
    [InlineData("-F -a ups", "Foreground", 0)]
    [InlineData("-FF -a ups", "ForegroundWithPidFile", 0)]
    [InlineData("-F -F -a ups", "ForegroundWithPidFile", 0)]
    [InlineData("-a ups -DDD", "Foreground", 3)]
    [InlineData("-DB -a ups", "Background", 1)]
    [InlineData("-FFDa ups", "ForegroundWithPidFile", 1)]
    public void Where_it_stays(string line, string ground, int debug)
    {
        var read = Read(line);
        Assert.Empty(read.Errors);
        Assert.Equal((ground, debug), (read.Ground.ToString(), read.Debug));
    }

    [Fact]
    public void Everything_else_that_a_driver_takes()
    {
        var read = Read("-s try -x port=a,b -xmode=multiplex -x upstream_commands -k -q -i 5 -u root -g nut -r /r -d 3 -P 12 -c reload-or-error");
        Assert.Empty(read.Errors);
        Assert.Equal(("try", true, true, "root", "nut", "/r"), (read.Adhoc, read.KillPower, read.Quiet, read.User, read.Group, read.Chroot));
        Assert.Equal((3, 12, "reload-or-error"), (read.Dump, read.Pid, read.Command));
        Assert.Equal([("port", "a,b"), ("mode", "multiplex"), ("upstream_commands", null)], read.Extra);
        Assert.True(Read("-h").Help && Read("-V").Version && Read("-L").List);
    }

    [Theory]
    [InlineData("", "which UPS?")]
    [InlineData("ups", "'ups' is no option")]
    [InlineData("-a", "-a needs a value")]
    [InlineData("-a x -a y", "x was named before")]
    [InlineData("-a x -s y", "x was named before")]
    [InlineData("-a x -c restart", "reload, reload-or-error, reload-or-exit, exit")]
    [InlineData("-a x -d 0", "-d 0: is no whole number from 1")]
    [InlineData("-a x -z", "-z is no option")]
    [InlineData("-a x -- y", "'y' is no option")]
    public void What_is_wrong_is_said(string line, string says) => Assert.Contains(says, Assert.Single(Read(line).Errors), StringComparison.Ordinal);

    [Fact]
    public void All_mistakes_are_said_at_once() => Assert.Equal(3, Read("-a x -d none -z y").Errors.Count);
}

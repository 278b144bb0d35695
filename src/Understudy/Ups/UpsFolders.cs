using Understudy.Core.Ups;

namespace Understudy.Ups;

/// <summary>Where the files of NUT are, as its own programs would find them.</summary>
/// <param name="Root">What every default is below: <c>/</c>, unless an image or a test is worked on. What a person named is taken as it is.</param>
/// <param name="Environment">NUT_CONFPATH and NUT_STATEPATH are taken from it, as by every NUT program.</param>
internal sealed record UpsFolders(string Root, Func<string, string?> Environment)
{
    /// <summary>Of ups.conf and upsd.conf: /etc/nut on Debian, /etc/ups on Fedora.</summary>
    internal string Conf(string? named) => named ?? Told("NUT_CONFPATH") ?? FirstThere("etc/nut", "etc/ups");

    /// <summary>Of the drivers' sockets.</summary>
    internal string State(string? named, UpsConf conf) => named ?? Told("NUT_STATEPATH") ?? Set(conf, "statepath") ?? FirstThere("run/nut", "var/run/nut", "var/state/ups");

    /// <summary>Of the drivers' programs.</summary>
    internal string Drivers(string? named, UpsConf conf) => named ?? Set(conf, "driverpath") ?? FirstThere("lib/nut", "usr/lib/nut");

    internal string Units => Path.Combine(Root, "etc/systemd/system");

    private string? Told(string variable) => Environment(variable) is { Length: > 0 } folder ? folder : null;

    private string? Set(UpsConf conf, string key) => conf.GlobalValue(key) is { Length: > 0 } folder ? Path.Combine(Root, folder.TrimStart('/')) : null;

    private string FirstThere(params ReadOnlySpan<string> folders)
    {
        foreach (var folder in folders)
        {
            if (Directory.Exists(Path.Combine(Root, folder)))
            {
                return Path.Combine(Root, folder);
            }
        }

        return Path.Combine(Root, folders[0]);
    }
}

/// <summary>An ups.conf, or why there is none to read.</summary>
internal sealed record UpsConfFile(string Path, UpsConf Conf, string? Problem)
{
    /// <summary>A larger file is something else, named by mistake.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Never throws for what is wrong with the file; it counts as empty then.</summary>
    internal static UpsConfFile Read(string folder)
    {
        var path = System.IO.Path.Combine(folder, "ups.conf");
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxBytes }
                ? new UpsConfFile(path, UpsConf.Read(""), "is larger than 1 MiB, and no ups.conf")
                : new UpsConfFile(path, UpsConf.Read(File.ReadAllText(path)), null);
        }
        catch (IOException e)
        {
            return new UpsConfFile(path, UpsConf.Read(""), $"cannot be read: {e.Message}");
        }
        catch (UnauthorizedAccessException e)
        {
            return new UpsConfFile(path, UpsConf.Read(""), $"cannot be read: {e.Message}");
        }
    }
}

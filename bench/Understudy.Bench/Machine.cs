using System.Diagnostics;
using System.Globalization;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench;

/// <summary>Where the numbers come from.</summary>
internal static class Machine
{
    internal static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    internal static string Today => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The version that each product tells of itself, or nothing.</summary>
    internal static Dictionary<string, string> Versions(IEnumerable<string> products) =>
        products.ToDictionary(p => p, p => p switch
        {
            "understudy" => FirstLine(UnderstudyProduct.FindProgram()!, "version"),
            "ucarp" or "nut-server" => FirstLine("dpkg-query", "-W", "-f", "${Version}", p),
            _ => FirstLine("dpkg-query", "-W", "-f", "${Version}", "keepalived"),
        }, StringComparer.Ordinal);

    private static string FirstLine(string program, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var line = process.StandardOutput.ReadLine() ?? string.Empty;
            process.WaitForExit(2000);
            return line.Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return string.Empty;
        }
    }
}

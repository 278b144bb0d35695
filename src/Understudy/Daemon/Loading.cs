using System.Security.Cryptography;
using Understudy.Cli;
using Understudy.Core.Peers;

namespace Understudy.Daemon;

/// <summary>What both roles do with a settings file before they begin.</summary>
internal static class Loading
{
    /// <summary>Writes every warning and error; true when there was no error.</summary>
    public static bool Told(LoadedSettings loaded, TextWriter to)
    {
        foreach (var warning in loaded.Warnings)
        {
            to.WriteLine($"warning: {warning}");
        }

        foreach (var error in loaded.Errors)
        {
            to.WriteLine(error);
        }

        return loaded.Good;
    }

    /// <summary>The first secret signs, all verify.</summary>
    public static KeyRing Keys(LoadedSettings loaded) => new([.. loaded.Secrets.Select(s => (Seal)HmacSeal.From(s))]);

    /// <summary>A boot id: random, never 0.</summary>
    public static ulong NewBoot() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
}

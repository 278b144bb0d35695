using Understudy.Core.Ups;
using Understudy.Linux.Clocks;

namespace Understudy.Ups;

/// <summary>The file of a <see cref="ProxyMemory"/>.</summary>
internal static class UpsMemory
{
    /// <summary>What is remembered; nothing where there is no such file, or it cannot be read.</summary>
    internal static ProxyMemory Read(string path)
    {
        try
        {
            return ProxyMemory.Parse(File.ReadAllText(path), BootId.Current);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ProxyMemory.None;
        }
    }

    /// <summary>Takes the old one's place in one step.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal static void Write(string path, string text)
    {
        File.WriteAllText($"{path}.new", text);
        File.Move($"{path}.new", path, overwrite: true);
    }
}

using Understudy.Core;
using Understudy.Core.Settings;
using Understudy.Linux.Secrets;

namespace Understudy.Cli;

/// <summary>A settings file with the secrets that it names, or everything that is wrong with any of them.</summary>
/// <param name="Settings">Null exactly when there are errors.</param>
/// <param name="Secrets">In the order of the file; empty when there are errors.</param>
/// <param name="Token">The API's token, or null where none is set.</param>
public sealed record LoadedSettings(
    UnderstudySettings? Settings, ValueList<SettingsError> Errors, ValueList<SettingsError> Warnings, ValueList<byte[]> Secrets, byte[]? Token)
{
    public bool Good => Errors.Count == 0;
}

/// <summary>Reads a settings file as `check`, `run`, `witness` and a reload do.</summary>
public static class SettingsFile
{
    /// <summary>A larger file is something else, given by mistake.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads the file and its secrets. Never throws for what is wrong with them.</summary>
    public static LoadedSettings Load(string path, string? node, SettingsRole role)
    {
        var loaded = Read(path, node, role, out var text);
        return loaded.Settings is { } settings ? WithSecrets(loaded, settings, path, text) : loaded;
    }

    /// <summary>Reads the file alone, as whoever only wants to ask the daemon may: the secrets are not theirs to read.</summary>
    public static LoadedSettings ReadOnly(string path, string? node) => Read(path, node, SettingsRole.Candidate, out _);

    private static LoadedSettings Read(string path, string? node, SettingsRole role, out string text)
    {
        text = "";
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            {
                return Bad(new SettingsError(path, 1, 1, "", "is larger than 1 MiB, and no settings file"));
            }

            text = File.ReadAllText(path);
        }
        catch (IOException e)
        {
            return Bad(new SettingsError(path, 1, 1, "", $"cannot be read: {e.Message}"));
        }
        catch (UnauthorizedAccessException e)
        {
            return Bad(new SettingsError(path, 1, 1, "", $"cannot be read: {e.Message}"));
        }

        var reading = SettingsReader.Read(path, text, new SettingsRequest(Environment.MachineName, node, role));
        return new LoadedSettings(reading.Settings, reading.Errors, reading.Warnings, [], null);
    }

    private static LoadedSettings WithSecrets(LoadedSettings loaded, UnderstudySettings settings, string path, string text)
    {
        var errors = new List<SettingsError>();
        var secrets = SecretFiles.Read(settings.Secrets);
        foreach (var secret in secrets.Where(s => s.Problem is not null))
        {
            errors.Add(At(path, text, "secret", secret.Path, secret.Problem!));
        }

        var token = settings.Api is { Listen: not null, TokenFile: { } file } ? SecretFiles.Read(file) : null;
        if (token?.Problem is { } problem)
        {
            errors.Add(At(path, text, "token_file", token.Path, problem));
        }

        return errors.Count > 0
            ? loaded with { Settings = null, Errors = errors.ToValueList() }
            : loaded with { Secrets = secrets.Select(s => s.Bytes!).ToValueList(), Token = token?.Bytes };
    }

    private static LoadedSettings Bad(SettingsError error) => new(null, [error], [], [], null);

    /// <summary>The place where the file is named: behind its key, or the key's own, or the beginning where an alias hides both.</summary>
    private static SettingsError At(string path, string text, string key, string named, string problem)
    {
        var keyAt = text.IndexOf(key + ":", StringComparison.Ordinal);
        var at = keyAt < 0 ? 0 : text.IndexOf(named, keyAt, StringComparison.Ordinal) is >= 0 and var found ? found : keyAt;
        var line = text.AsSpan(0, at).Count('\n') + 1;
        var column = at - (at == 0 ? -1 : text.LastIndexOf('\n', at - 1));
        return new SettingsError(path, line, column, key == "token_file" ? "api.token_file" : key, $"{named} {problem}");
    }
}

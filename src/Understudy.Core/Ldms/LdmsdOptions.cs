namespace Understudy.Core.Ldms;

/// <summary>The options of ldmsd's command line (ldmsd(8)), given on ours or in a file's <c>option</c> lines.</summary>
public static class LdmsdOptions
{
    /// <summary>Options that are read and mean nothing here.</summary>
    private static readonly Dictionary<string, string> s_passed = new(StringComparer.Ordinal)
    {
        ["-m"] = "memory",
        ["-P"] = "threads",
        ["-r"] = "pid file",
        ["-B"] = "banner",
        ["-l"] = "log file",
        ["-C"] = "quota",
        ["-k"] = "kernel sets",
        ["-s"] = "kernel sets",
        ["-F"] = "",
    };

    internal static LdmsdRequest Read(LdmsdFields at)
    {
        var words = at.Rest.Select(r => r.Name).ToList();
        if (words is not [['-', ..] option, ..])
        {
            at.Fail("option", "says nothing; write for instance option -x sock:411");
            return new LdmsdRequest.PassOver("option", "");
        }

        if (One(option, words.Skip(1).ToValueList(), out var request) is { } problem)
        {
            at.Fail(option, problem);
        }

        return request;
    }

    /// <summary>One option with what belongs to it: <c>-x sock:411</c>, <c>-a ovis -A conf=/etc/ovis</c> as <c>-a</c> with the three words behind it.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? One(string option, ValueList<string> words, out LdmsdRequest request)
    {
        request = new LdmsdRequest.PassOver(option, "");
        var value = words.Count > 0 ? words[0] : "";
        switch (option)
        {
            case "-x" or "--xprt":
                var bad = LdmsdValues.Listener(value, out var listen);
                request = listen;
                return bad ?? Only(words, 1);
            case "-n" or "--daemon_name":
                request = new LdmsdRequest.SetDaemonName(value);
                return LdmsdValues.Name(value, out _) ?? Only(words, 1);
            case "-v" or "--log_level":
                request = new LdmsdRequest.SetLogLevel(value == "WARNING" ? "WARN" : value);
                return value is "QUIET" or "DEBUG" or "INFO" or "WARN" or "WARNING" or "ERROR" or "CRITICAL" ? Only(words, 1)
                    : $"{LdmsdProblem.Quote(value)} is none of QUIET, DEBUG, INFO, WARN, ERROR, CRITICAL";
            case "-a" or "--default_auth":
                return Auth(words, out request);
            default:
                if (!s_passed.TryGetValue(option, out var what))
                {
                    return $"no such option; here are -x, -n, -v, -a with -A, and without effect {string.Join(", ", s_passed.Keys)}";
                }

                request = new LdmsdRequest.PassOver(option, what.Length == 0 ? "it always stays in the foreground" : $"{what}: has no meaning here");
                return null;
        }
    }

    private static string? Only(ValueList<string> words, int most) => words.Count <= most ? null : $"{LdmsdProblem.Quote(words[most])} is too much; write one option a line";

    private static string? Auth(ValueList<string> words, out LdmsdRequest request)
    {
        var parameters = new List<LdmsdPair>();
        var problem = LdmsdRequests.AuthPlugin(words.Count > 0 ? words[0] : "", out var plugin);
        for (var i = 1; i < words.Count && problem is null; i += 2)
        {
            var pair = i + 1 < words.Count && words[i] is "-A" or "--default_auth_args" && i + 1 < words.Count ? words[i + 1].Split('=', 2) : [];
            if (pair is [var name, var value])
            {
                parameters.Add(new(name, value));
            }
            else
            {
                problem = $"{LdmsdProblem.Quote(words[i])} does not belong here; write -A NAME=VALUE behind -a";
            }
        }

        request = new LdmsdRequest.SetDefaultAuth(plugin, parameters.ToValueList());
        return problem;
    }
}

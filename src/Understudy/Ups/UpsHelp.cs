using Understudy.Cli;

namespace Understudy.Ups;

/// <summary>What a driver says of itself.</summary>
internal static class UpsHelp
{
    internal static string Banner => $"Network UPS Tools - one UPS of several drivers, by Understudy {ProgramVersion.Text}";

    internal const string Options = """
        usage: understudy-ups -a NAME [OPTION]...

          -a NAME        the section of ups.conf
          -s NAME        no ups.conf: everything by -x
          -x KEY[=VALUE] a setting, after those of ups.conf
          -k             have the device cut its power, over one real driver at a time; 0 only when one has confirmed
          -c COMMAND     to the one that runs: reload, reload-or-error, reload-or-exit, exit
          -P PID         whom -c is for, instead of the pid file's
          -d N           look for up to N updates, print the data, end
          -F             stay in the foreground; -FF with a pid file; -B go to the background
          -D             stay, and say more
          -u USER        become this user when started by root (ups.conf: user; else nut)
          -g GROUP       give our socket to this group
          -r FOLDER      chroot to it first
          -i SECONDS, -q accepted: there is nothing to poll; no banner
          -L, -V, -h     list the settings; the version; this

        """;

    /// <summary>As stock drivers print theirs for tools: VALUE or FLAG, the name, and what it is.</summary>
    internal const string Settings = """
        VALUE mode "failover or multiplex"
        VALUE prefer.VARIABLE "the source from which a variable, or those of a pattern, is shown first"
        VALUE flip.after "seconds without fresh data before the next source is shown; flip.after.VARIABLE for some"
        VALUE flip.back "seconds that a source must have been well before it is shown again; flip.back.VARIABLE for some"
        VALUE status_conflict "prefer, pessimistic or optimistic"
        FLAG upstream_commands "offer commands as upstream.NAME too"
        VALUE silence "seconds that a source may take to answer, unless its own rhythm is slower"
        VALUE inittime "seconds after the start in which no source need be there"
        VALUE deadtime "seconds of silence after which a connection is given up"
        VALUE relogtime "accepted: only changes are logged"
        VALUE noprimarytime "seconds without any source before fsdmode counts"
        VALUE maxconnfails "accepted: a source that is away costs nothing"
        VALUE coolofftime "accepted: a source that is away costs nothing"
        VALUE fsdmode "without a source: 0 stale, 1 alarm and then stale, 2 alarm and forced shutdown"
        VALUE checkruntime "of two sources with stale data: 1 longer runtime, 2 higher low mark, 3 both, 0 neither"
        VALUE strictfiltering "1: only sources that pass the status filters"
        VALUE status_have_any "tokens of ups.status, one of which a source must have"
        VALUE status_have_all "tokens, all of which it must have"
        VALUE status_nothave_any "tokens, none of which it may have"
        VALUE status_nothave_all "tokens, not all of which it may have"

        """;
}

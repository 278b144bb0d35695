namespace Understudy.Cli;

/// <summary>Every verb ends with one of these (docs/reference/exit-codes.md).</summary>
public static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Bad input: a file with mistakes, a ledger that does not replay, an unknown duty.</summary>
    public const int Bad = 1;

    /// <summary>The command line itself.</summary>
    public const int Usage = 2;

    /// <summary>No daemon answers.</summary>
    public const int Unreachable = 3;

    /// <summary>The duty said no.</summary>
    public const int No = 4;
}

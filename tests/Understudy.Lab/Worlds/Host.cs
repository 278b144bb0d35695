namespace Understudy.Lab.Worlds;

/// <summary>Who stands in the lab. Alpha and beta are the pair, alpha is home of the duty.</summary>
public enum Host
{
    Alpha,
    Beta,
    Witness,
    Client,
}

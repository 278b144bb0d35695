using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench;

/// <summary>The products that can be compared, by the names that the command line and the tables use.</summary>
internal static class ProductLine
{
    internal const string All = "understudy,keepalived-1s,keepalived-0.1s,ucarp";

    /// <summary>Understudy's TTL where the kernel's address lifetime need not cover for us.</summary>
    private static readonly TimeSpan ShortTtl = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan LongTtl = TimeSpan.FromMilliseconds(1500);

    /// <summary>The way a product is set up that a fault asks for. Faults of one variant share worlds.</summary>
    internal static string Variant(string product, VipFault fault) => product switch
    {
        "understudy" => fault.NeedsKernelToLetGo ? "TTL 1500 ms" : "TTL 600 ms",
        "keepalived-1s" or "keepalived-0.1s" => fault.NeedsHealth ? "with a script" : "plain",
        _ => "plain",
    };

    /// <exception cref="ArgumentException">No product has this name.</exception>
    internal static IVipProduct Make(string product, string variant, VipWorld world) => product switch
    {
        "understudy" => new UnderstudyProduct(world, variant == "TTL 1500 ms" ? LongTtl : ShortTtl),
        "keepalived-1s" => new KeepalivedProduct(world, 1m, variant == "with a script"),
        "keepalived-0.1s" => new KeepalivedProduct(world, 0.1m, variant == "with a script"),
        "ucarp" => new UcarpProduct(world),
        _ => throw Unknown(product),
    };

    /// <summary>Why a product cannot run here, or null.</summary>
    internal static string? Obstacle(string product) => product switch
    {
        "understudy" => UnderstudyProduct.Obstacle(),
        "keepalived-1s" or "keepalived-0.1s" => KeepalivedProduct.Obstacle(),
        "ucarp" => UcarpProduct.Obstacle(),
        _ => throw Unknown(product),
    };

    private static ArgumentException Unknown(string product) => new($"no product '{product}'; there are: {All}", nameof(product));
}

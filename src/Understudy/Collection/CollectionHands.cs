using System.Net;
using System.Net.Sockets;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Understudy.Linux.Secrets;

namespace Understudy.Collection;

/// <summary>Carries the desk's orders out: each kind of producer by its own carrier. On the loop's thread.</summary>
internal sealed class CollectionHands : IDisposable
{
    private readonly CollectionLoop loop;
    private readonly LdmsCarrier ldms;
    private readonly PageCarrier pages;
    private readonly OwnCarrier own;
    private readonly StoreShelf stores;

    internal CollectionHands(CollectionLoop loop, string storeRoot)
    {
        this.loop = loop;
        ldms = new LdmsCarrier(loop);
        pages = new PageCarrier(loop);
        own = new OwnCarrier(loop);
        stores = new StoreShelf(storeRoot, () => loop.Commands.Name ?? "ldmsd");
    }

    internal StoreShelf Stores => stores;

    internal void Carry(in CollectionOrder order, in Moment at)
    {
        switch (order.Deed)
        {
            case CollectionDeed.Publish:
                loop.Offer.Publish(order.Set!, loop.Sockets);
                return;
            case CollectionDeed.Withdraw:
                loop.Offer.Withdraw(order.Set!, loop.Sockets);
                return;
            case CollectionDeed.Store:
                stores.Offer(order.Storage!, order.Set!);
                return;
        }

        IProducerCarrier carrier = order.Producer!.Rules.Target switch
        {
            ProducerTarget.Ldms => ldms,
            ProducerTarget.Page => pages,
            _ => own,
        };
        switch (order.Deed)
        {
            case CollectionDeed.Connect:
                carrier.Connect(order.Producer, at);
                break;
            case CollectionDeed.Disconnect:
                carrier.Disconnect(order.Producer);
                break;
            case CollectionDeed.List:
                carrier.List(order.Producer, at);
                break;
            case CollectionDeed.LookUp:
                carrier.LookUp(order.Source!, at);
                break;
            case CollectionDeed.Pull:
                carrier.Pull(order.Source!, at);
                break;
        }
    }

    /// <returns>Why it cannot be; null: it is done.</returns>
    internal string? Fulfil(CollectionWish wish)
    {
        switch (wish)
        {
            case CollectionWish.Listen listen:
                if (!loop.Ends.TryGetValue(listen.Auth ?? "", out var end))
                {
                    return $"the auth domain {listen.Auth} does not exist; auth_add comes before listen";
                }

                try
                {
                    _ = loop.Listen(listen.Host is null ? IPAddress.Any : Dns.GetHostAddresses(listen.Host, AddressFamily.InterNetwork)[0], listen.Port, end);
                    return null;
                }
                catch (Exception e) when (e is IOException or SocketException or IndexOutOfRangeException)
                {
                    return $"cannot listen at {listen.Host ?? "*"}:{listen.Port}: {e.Message}";
                }

            case CollectionWish.AddAuth auth:
                return AddAuth(auth);
            case CollectionWish.Speak speak:
                loop.Least = speak.From;
                return null;
            case CollectionWish.ConfigureStore store:
                return stores.Configure(store.Plugin, store.Parameters);
            default:
                return null;
        }
    }

    /// <summary>A way to prove who we are, by the path of its secret; empty: none.</summary>
    /// <param name="trouble">Told why the secret cannot be used; connections that need it fail until it can.</param>
    internal void Know(string secret, Action<string> trouble)
    {
        if (secret.Length > 0 && AddAuth(new CollectionWish.AddAuth(secret, "ovis", [new LdmsdPair("conf", secret)])) is { } why)
        {
            trouble(why);
        }
    }

    /// <summary>Finds a host's address without waiting for it: the answer comes on the loop's thread, at once where the host is an address.</summary>
    internal void Resolve(string host, in Moment at, Action<IPAddress?, string, Moment> found)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            found(address, "", at);
            return;
        }

        _ = ResolveAsync(host, found);
    }

    public void Dispose()
    {
        pages.Dispose();
        own.Dispose();
        stores.Dispose();
    }

    private async Task ResolveAsync(string host, Action<IPAddress?, string, Moment> found)
    {
        IPAddress? address = null;
        var why = "";
        try
        {
            var all = await Dns.GetHostAddressesAsync(host);
            address = Array.Find(all, a => a.AddressFamily == AddressFamily.InterNetwork) ?? (all.Length > 0 ? all[0] : null);
            why = address is null ? $"{host} has no address" : "";
        }
        catch (SocketException e)
        {
            why = $"{host}: {e.Message}";
        }

        _ = loop.Post(now => found(address, why, now));
    }

    private string? AddAuth(CollectionWish.AddAuth auth)
    {
        switch (auth.Plugin)
        {
            case "none":
                loop.Ends[auth.Name] = new LdmsEnd();
                return null;
            case "ovis":
                var path = auth.Parameters.FirstOrDefault(p => p.Name == "conf")?.Value ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".ldmsauth.conf");
                var reading = SecretFiles.ReadAtLeast(path, 1);
                if (reading.Bytes is not { } bytes)
                {
                    return $"{path} {reading.Problem}";
                }

                if (OvisAuth.SecretIn(System.Text.Encoding.UTF8.GetString(bytes)) is not { } word)
                {
                    return OvisAuth.NoSecretIn(path);
                }

                loop.Ends[auth.Name] = new LdmsEnd("ovis", word);
                return null;
            default:
                return $"auth plugin {auth.Plugin} is not done by Understudy; write none or ovis";
        }
    }
}

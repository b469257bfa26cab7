namespace FloodActors.Host;

/// <summary><c>flood send</c>: a node for as long as it takes to hand one message over.</summary>
internal static class SendCommand
{
    public static async Task<int> Run(NodeOptions options, string peer, string text, TimeSpan timeout)
    {
        NodeOptions.CheckPeer(peer, "--peer");
        using var deadline = new CancellationTokenSource(timeout);
        // A configuration made for a node that runs gives this one its transport, not its name and its peers.
        var node = await Node.Start(options.ToConfig(), new FloodCallbacks(), settings => settings with { NodeName = "", Peers = [] });
        try
        {
            if (await node.Flood.ConnectAsync(peer, cancellation: deadline.Token) is ConnectRefused refused) throw HostException.Failed($"{peer} cannot be linked: {refused.Reason}");
            if (await node.Flood.AppendAsync(text) is Rejected rejected) throw HostException.Failed($"the message was not accepted: {rejected.Rejection.Message}");
            await HandOver(node.Flood, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw HostException.Failed($"{peer} did not take the message within {timeout.TotalSeconds:0} s: is a node listening there?");
        }
        catch (ObjectDisposedException)
        {
            throw HostException.Failed(await node.EndAsync());
        }
        finally
        {
            await node.LeaveAsync();
        }
        return ExitCodes.Done;
    }

    /// <summary>A flush that is answered because the link broke is none: the link must be the same before and after.</summary>
    private static async Task HandOver(Flood flood, CancellationToken deadline)
    {
        DateTimeOffset? before;
        do
        {
            await flood.WhenConnected(1, deadline);
            before = await LinkedSince(flood);
            await flood.FlushAsync(deadline);
        }
        while (before is null || await LinkedSince(flood) != before);
    }

    private static async Task<DateTimeOffset?> LinkedSince(Flood flood) => (await flood.PeersAsync()).FirstOrDefault(peer => peer.Connected)?.Since;
}

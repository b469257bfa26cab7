using System.Text;

namespace FloodActors.Host;

/// <summary><c>flood send</c>: a node that runs only until it has delivered one message to its peers.</summary>
internal static class SendCommand
{
    /// <summary>Stands for standard input.</summary>
    private const string Input = "-";

    /// <summary>The largest value of <c>flood.max-message-size</c>.</summary>
    private const int InputLimit = 256 << 20;

    public static async Task<int> Run(NodeOptions options, string peer, string text, TimeSpan timeout)
    {
        NodeOptions.CheckPeer(peer, "--peer");
        if (text == Input) text = await ReadInput(Console.OpenStandardInput());
        using var deadline = new CancellationTokenSource(timeout);
        // From the configuration of a running node this one takes the transport, not the name and the peers.
        var node = await Node.Start(
            options.ToConfig(),
            new FloodCallbacks(),
            settings => settings with
            {
                NodeName = "",
                Peers = [],
                MessageId = options.MessageId ?? settings.MessageId,
            });
        try
        {
            if (await node.Flood.ConnectAsync(peer, cancellation: deadline.Token) is ConnectRefused refused)
                throw HostException.Failed($"no link with {peer}: {refused.Reason}{HintOn(refused.Cause)}");
            if (await node.Flood.AppendAsync(text) is Rejected rejected)
                throw HostException.Failed($"the message was not accepted: {rejected.Rejection.Message}");
            await HandOver(node.Flood, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw HostException.Failed(
                $"{peer} did not take the message within {timeout.TotalSeconds:0} s. "
                + "Is a node listening there, and is this exactly its --hostname and --port?");
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

    private static string HintOn(LinkEnd cause) =>
        cause == LinkEnd.MessageIdMode ? ". For this command: --message-id" : "";

    /// <summary>Standard input as one message, without the line feed that ends its last line.</summary>
    /// <exception cref="HostException">It is too long, or not text.</exception>
    private static async Task<string> ReadInput(Stream input)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await input.ReadAsync(buffer) is var count and > 0)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > InputLimit)
                throw HostException.Usage(
                    $"standard input is longer than {InputLimit} bytes, the most that flood.max-message-size allows.");
        }
        var length = (int)bytes.Length;
        if (length > 0 && bytes.GetBuffer()[length - 1] == '\n') length--;
        if (length > 0 && length < bytes.Length && bytes.GetBuffer()[length - 1] == '\r') length--;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.GetBuffer(), 0, length);
        }
        catch (DecoderFallbackException e)
        {
            throw HostException.Usage("standard input is not valid UTF-8.", e);
        }
    }

    /// <summary>
    /// A flush that completes because the link broke does not count: the link must be the same before and after.
    /// </summary>
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

    private static async Task<DateTimeOffset?> LinkedSince(Flood flood) =>
        (await flood.PeersAsync()).FirstOrDefault(peer => peer.Connected)?.Since;
}

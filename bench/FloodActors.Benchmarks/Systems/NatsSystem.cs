using NATS.Client.Core;

namespace FloodActors.Benchmarks.Systems;

/// <summary>
/// A client of a NATS server that all nodes share: publish to a subject that every node subscribes to.
/// </summary>
internal sealed class NatsSystem : IMessageSystem
{
    private const string Subject = "bench";

    private readonly NatsConnection _connection;
    private readonly IReceiver? _receiver;

    public NatsSystem(Setup setup, IReceiver? receiver)
    {
        // A node does not get back what it publishes, as with the flood.
        _connection = new NatsConnection(new NatsOpts { Url = setup.Server, Name = $"n{setup.Index}", Echo = false });
        _receiver = receiver;
        Address = setup.Server;
    }

    public string Address { get; }

    public async Task Join(Setup setup)
    {
        await _connection.ConnectAsync();
        if (_receiver is null) return;
        var subscription = await _connection.SubscribeCoreAsync<byte[]>(Subject);
        _ = Receive(subscription, _receiver);
        // The server works in order: when it answers, it knows of the subscription.
        await _connection.PingAsync();
    }

    public void Publish(byte[] message)
    {
        var publishing = _connection.PublishAsync(Subject, message);
        if (!publishing.IsCompletedSuccessfully) publishing.AsTask().GetAwaiter().GetResult();
    }

    public void Flush()
    {
    }

    public Task<Dictionary<string, double>> Counters() => Task.FromResult(new Dictionary<string, double>());

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task Receive(INatsSub<byte[]> subscription, IReceiver receiver)
    {
        await foreach (var message in subscription.Msgs.ReadAllAsync()) receiver.OnMessage(message.Data);
    }
}

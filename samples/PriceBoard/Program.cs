// A publisher changes prices much faster than a board can show them. The board lags by keys, not by messages: it
// always shows a latest price, and is told how many older ones it was spared.
using System.Text.Json.Serialization;
using Akka.Actor;
using FloodActors;

const int Updates = 20_000;
string[] symbols = ["EUR/USD", "EUR/CHF", "EUR/JPY", "EUR/GBP"];

using var exchange = ActorSystem.Create("flood", Hocon.Remote);
using var office = ActorSystem.Create("flood", Hocon.Remote);
var publisher = Flood.Start(exchange, configure: settings => settings with { NodeName = "exchange" });
var board = Flood.Start(office, configure: settings => settings with { NodeName = "board" });
if (await board.ConnectAsync(publisher.Actor) is ConnectRefused refused)
    throw new InvalidOperationException(refused.Reason);

var (shown, spared) = (0L, 0L);
await board.Topic("prices", PriceContext.Default.Price).Listen(
    price =>
    {
        Thread.Sleep(1); // drawing takes its time
        shown++;
    },
    happened => spared += happened is ValuesSpared values ? values.Count : 0);

var prices = publisher.Topic("prices", PriceContext.Default.Price);
var random = new Random(1);
for (var i = 0; i < Updates; i++)
{
    var symbol = symbols[i % symbols.Length];
    var price = new Price(symbol, 1 + (random.Next(1000) / 1000m), i);
    if (await prices.AppendAsync(price, key: symbol) is Rejected rejected)
        throw new InvalidOperationException(rejected.Rejection.Message);
}
await publisher.FlushAsync();

foreach (var latest in await board.Topic("prices", PriceContext.Default.Price).LatestAsync())
    Console.WriteLine($"{latest.Key} {latest.Value.Rate} is update {latest.Value.Update}, by {latest.Origin}");
Console.WriteLine(
    $"{Updates} updates; the board drew fewer than half of them: {Interlocked.Read(ref shown) < Updates / 2}");

await board.LeaveAsync();
await publisher.LeaveAsync();

internal sealed record Price(string Symbol, decimal Rate, int Update);

[JsonSerializable(typeof(Price))]
internal sealed partial class PriceContext : JsonSerializerContext;

internal static class Hocon
{
    public const string Remote = """
        akka {
          loglevel = WARNING
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } # any free port
        }
        """;
}

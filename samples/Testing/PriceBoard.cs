using Akka.Actor;
using FloodActors;

namespace Testing;

/// <summary>The actor under test: tells the flood what a thing costs.</summary>
public sealed class PriceBoard : ReceiveActor
{
    public PriceBoard(Flood flood) => Receive<Change>(change => flood.Append($"{change.Thing} {change.Price}"));

    public sealed record Change(string Thing, int Price);
}

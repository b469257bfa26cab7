using Akka.Actor;
using Akka.Serialization;
using FloodActors.Actors;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

public sealed class FloodSerializerTests : IAsyncLifetime
{
    private ActorSystem _system = null!;
    private FloodSerializer _serializer = null!;

    private static LinkMessage[] All =>
    [
        new Hello(1, LinkMessage.Version, LinkSamples.Node), new Welcome(2, 20, LinkSamples.Node),
        new Refused(3, LinkEnd.Self, "me"), new Bye(4, LinkEnd.Leaving, "left"),
        LinkCodec.EncodeFrame([1, 2, 3], 5, 1, default, push: true, opens: 0),
        new Ack(6, new Confirmed(1, 1, 1), AckReason.Due),
        new Ping(7, default),
    ];

    public Task InitializeAsync()
    {
        _system = ActorSystem.Create("serializing");
        Flood.Get(_system);
        _serializer = new FloodSerializer((ExtendedActorSystem)_system);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _system.Terminate();

    [Fact]
    public void A_system_with_a_flood_finds_the_serializer_for_every_link_message()
    {
        foreach (var message in All)
        {
            var serializer = Assert.IsType<FloodSerializer>(
                _system.Serialization.FindSerializerFor(new LinkLetter(message)));
            Assert.Equal(FloodSerializer.Id, serializer.Identifier);
            var again = _system.Serialization.Deserialize(
                serializer.ToBinary(new LinkLetter(message)), FloodSerializer.Id,
                serializer.Manifest(new LinkLetter(message)));
            var letter = Assert.IsType<LinkLetter>(again);
            Assert.Equal(message.GetType(), letter.Message.GetType());
            Assert.Equal(message.Session, letter.Message.Session);
        }
    }

    [Fact]
    public void The_manifests_do_not_change_within_a_version() =>
        Assert.Equal(["H", "W", "R", "B", "F", "A", "P"], All.Select(Manifest));

    [Fact]
    public void A_message_carries_its_session_whatever_it_is() =>
        Assert.Equal(All.Select(m => m.Session), All.Select(m => Read(Bytes(m), Manifest(m)).Session));

    [Theory]
    [InlineData(""), InlineData("X"), InlineData("h"), InlineData("\r\n")]
    [InlineData("System.Object, System.Private.CoreLib")]
    public void An_unknown_manifest_is_malformed_and_creates_nothing(string manifest)
    {
        var malformed = Assert.IsType<Malformed>(Read(LinkSamples.Bytes("H"), manifest));
        Assert.InRange(malformed.Reason.Length, 1, 100);
        Assert.DoesNotContain(malformed.Reason, char.IsControl);
    }

    [Fact]
    public void It_serializes_nothing_but_link_messages()
    {
        Assert.Throws<ArgumentException>(() => _serializer.ToBinary("text"));
        Assert.Throws<ArgumentException>(() => _serializer.Manifest("text"));
        Assert.Throws<ArgumentException>(() => Manifest(new Malformed(0, "")));
        Assert.IsNotType<FloodSerializer>(_system.Serialization.FindSerializerFor("text"));
    }

    [Fact]
    public void A_frame_that_holds_records_says_which_setting_lets_it_travel()
    {
        var local = new Frame(1, 1, default, true, 0, 0) { Records = [] };
        Assert.Contains(
            "flood.local-frames", Assert.Throws<InvalidOperationException>(() => Bytes(local)).Message,
            StringComparison.Ordinal);
    }

    private string Manifest(LinkMessage message) => _serializer.Manifest(new LinkLetter(message));

    private byte[] Bytes(LinkMessage message) => _serializer.ToBinary(new LinkLetter(message));

    private LinkMessage Read(byte[] bytes, string manifest) =>
        ((LinkLetter)_serializer.FromBinary(bytes, manifest)).Message;
}

using System.Text.Json;

namespace FloodActors.TestKit.Tests;

public sealed class FloodProbeTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly FloodSettings Quick = new() { PeerTimeout = TimeSpan.FromSeconds(1),
        PingInterval = TimeSpan.FromMilliseconds(200) };

    private Flood Start(Func<FloodSettings, FloodSettings>? configure = null) =>
        Flood.Start(Sys, configure: settings => (configure ?? (s => s))(settings with { NodeName = "node" }));

    [Fact]
    public async Task A_probe_gets_what_is_appended_and_not_what_it_sent_itself()
    {
        var flood = Start();
        var probe = FloodProbe.Create(this);
        await probe.ConnectAsync(flood);
        probe.Send("from the probe");
        await AwaitConditionAsync(async () => (await flood.DataAsync()).Count == 1);
        await flood.AppendAsync("from the flood");
        await probe.ExpectTextAsync("from the flood");
        await flood.AppendAsync(FloodPayload.Json("""{"price": 3}"""));
        Assert.Equal(3, (await probe.ExpectMessageAsync<JsonElement>(json => json.TryGetProperty("price", out _)))
            .GetProperty("price").GetInt32());
        await probe.ExpectNothingAsync(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task An_expected_text_that_does_not_come_is_shown_with_the_one_that_does()
    {
        var flood = Start();
        var probe = FloodProbe.Create(this);
        await probe.ConnectAsync(flood);
        await flood.AppendAsync("tea 5");
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => probe.ExpectTextAsync("tea 4"));
        Assert.Contains("the text \"tea 4\"", failed.Message, StringComparison.Ordinal);
        Assert.Contains("the text \"tea 5\"", failed.Message, StringComparison.Ordinal);
        failed = await Assert.ThrowsAnyAsync<Exception>(() =>
            probe.ExpectTextAsync("tea 6", TimeSpan.FromMilliseconds(50)));
        Assert.Contains("tea 6", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MessageIdMode.Content)]
    [InlineData(MessageIdMode.Sequence)]
    public async Task A_probe_sends_to_typed_topics_and_expects_from_them(MessageIdMode ids)
    {
        var flood = Start(settings => settings with { MessageId = ids });
        var probe = FloodProbe.Create(this, "probe", new FloodSettings { MessageId = ids });
        await probe.ConnectAsync(flood);
        var (floods, probes) = (flood.Topic<Price>("prices"), probe.Topic<Price>("prices"));

        await floods.AppendAsync(new Price("tea", 3));
        var got = await probes.ExpectAsync(price => price.Rate == 3);
        Assert.Equal(("node", "prices", null), (got.Origin, got.Topic, got.Key));

        var told = new List<TopicMessage<Price>>();
        await using var listening = await floods.Listen(told.Add);
        probes.Send(new Price("coffee", 5));
        await AwaitConditionAsync(() => Task.FromResult(told.Count == 1));
        Assert.Equal((new Price("coffee", 5), "probe"), (told[0].Value, told[0].Origin));
        Assert.Single((await flood.DataAsync()).Messages, message => message.Origin == "probe");
    }

    [Fact]
    public async Task What_a_probe_sends_under_a_key_replaces_what_it_was_given_and_a_removal_is_one_on_both_sides()
    {
        var flood = Start();
        var probe = FloodProbe.Create(this);
        await probe.ConnectAsync(flood);
        var (floods, probes) = (flood.Topic<Price>("prices"), probe.Topic<Price>("prices"));
        for (var rate = 1; rate <= 3; rate++)
        {
            await floods.AppendAsync(new Price("tea", rate), key: "tea");
            await probes.ExpectAsync(price => price.Rate == rate, key: "tea");
            probes.Send(new Price("tea", -rate), key: "tea");
            await AwaitConditionAsync(async () => (await floods.LatestAsync("tea"))!.Value.Rate == -rate);
        }
        await floods.RemoveAsync("tea");
        await probes.ExpectRemovalAsync("tea");
        probes.Send(new Price("tea", 9), key: "tea");
        await AwaitConditionAsync(async () => await floods.LatestAsync("tea") is not null);
        probes.Remove("tea");
        await AwaitConditionAsync(async () => await floods.LatestAsync("tea") is null);
    }

    [Fact]
    public async Task What_comes_instead_of_an_expected_value_is_shown_with_its_topic_and_key()
    {
        var flood = Start();
        var probe = FloodProbe.Create(this);
        await probe.ConnectAsync(flood);
        await flood.Topic<string>("news").AppendAsync("rain", key: "today");
        var failed = await Assert.ThrowsAnyAsync<Exception>(() =>
            probe.Topic<Price>("prices").ExpectAsync(key: "tea"));
        Assert.Contains("a Price as asked in the topic 'prices' with the key 'tea'", failed.Message,
            StringComparison.Ordinal);
        Assert.Contains("the text \"rain\" in the topic 'news' with the key 'today'", failed.Message,
            StringComparison.Ordinal);
    }

    public sealed record Price(string Name, int Rate);

    [Fact]
    public async Task A_flood_can_dial_a_probe_and_brings_it_level_in_order()
    {
        var flood = Start();
        for (var i = 0; i < 5; i++) await flood.AppendAsync($"{i}");
        var probe = FloodProbe.Create(this, "peer");
        await flood.ConnectAsync(probe.Actor);
        Assert.Equal("node", await probe.ExpectConnectAsync());
        for (var i = 0; i < 5; i++) await probe.ExpectTextAsync($"{i}");
        probe.HangUp();
        Assert.Equal(LinkEnd.Disconnected, (await probe.ExpectDisconnectAsync()).Cause);
    }

    [Fact]
    public async Task A_silent_probe_is_given_up_after_peer_timeout_and_a_vanished_one_too()
    {
        var flood = Start(settings =>
            settings with { PeerTimeout = Quick.PeerTimeout, PingInterval = Quick.PingInterval });
        var silent = FloodProbe.Create(this, "silent", Quick);
        var vanished = FloodProbe.Create(this, "vanished", Quick);
        await silent.ConnectAsync(flood);
        await vanished.ConnectAsync(flood);
        silent.StaySilent();
        vanished.Vanish();
        await AwaitConditionAsync(async () => (await flood.StatsAsync()).Peers == 0, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_probe_that_holds_its_acks_stops_the_flood_at_the_window_and_goes_on_when_it_acknowledges()
    {
        var flood = Start(settings => settings with { Window = 60_000 });
        var slow = FloodProbe.Create(this, "slow");
        await slow.ConnectAsync(flood);
        slow.HoldAcks();
        for (var i = 0; i < 20; i++) await flood.AppendAsync(new byte[10_000 + i]);
        var got = 0;
        await AwaitConditionAsync(async () => (await flood.PeersAsync()).Single().Forwarded > 0);
        Assert.InRange((await flood.PeersAsync()).Single().Forwarded, 1, 13);
        slow.Acknowledge();
        while (got < 20) Assert.Equal(10_000 + got++, (await slow.ExpectMessageAsync()).Body.Length);
    }
}

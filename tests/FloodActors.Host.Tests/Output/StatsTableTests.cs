using System.Text.Json;
using FloodActors.Host.Output;

namespace FloodActors.Host.Tests.Output;

public sealed class StatsTableTests
{
    [Fact]
    public void Every_counter_is_shown_to_scripts_and_on_the_page()
    {
        var shown = StatsTable.Of(new FloodStats()).Select(stat => stat.Name).ToList();
        Assert.Equal(shown.Count, shown.Distinct().Count());
        foreach (var counter in CounterInfo.All)
            Assert.Contains(JsonNamingPolicy.CamelCase.ConvertName(counter.Name), shown);
        foreach (var name in new[] { "unsuitableForPeer", "invalidFromPeer", "givenUp", "listenerFailures", "seen" })
            Assert.Contains(name, shown);
    }
}

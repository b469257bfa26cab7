using System.Text.Json;
using FloodActors.Simulation;

namespace FloodActors.Simulation.Tests;

public sealed class SimulationCommandTests
{
    private static (int Exit, string Output, string Error) Run(string line)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (SimulationCommand.Run(line.Split(' '), output, error), output.ToString(), error.ToString());
    }

    [Fact]
    public void A_lossy_partitioned_flood_reports_as_json_and_is_the_same_again()
    {
        const string Line =
            "--nodes 30 --topology random:4 --messages 40 --loss 0.05 --partition 2:3:0.4 --crash 3:2:7 --seed 9 "
            + "--json";
        var (exit, text, _) = Run(Line);
        Assert.Equal(0, exit);
        var report = JsonDocument.Parse(text).RootElement;
        Assert.Equal(30, report.GetProperty("nodesWithAll").GetInt32());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("broken").ValueKind);
        Assert.True(report.GetProperty("framesLost").GetInt64() > 0);
        Assert.Equal(report.GetProperty("trace").GetString(),
            JsonDocument.Parse(Run(Line).Output).RootElement.GetProperty("trace").GetString());
    }

    [Fact]
    public void A_direct_flood_prints_a_table()
    {
        var (exit, text, _) = Run("--nodes 1000 --messages 5 --direct");
        Assert.Equal(0, exit);
        Assert.Contains("duplicates per delivery   3.0", text);
    }

    [Fact]
    public void The_report_tells_what_a_delivery_costs_and_how_long_it_takes()
    {
        const string Line = "--nodes 12 --topology random:4 --messages 400 --interval 20 --jitter 1 --json";
        var routes = Report(Line).GetProperty("secondHalf");
        Assert.Equal(200 * 11, routes.GetProperty("deliveries").GetInt32());
        Assert.InRange(routes.GetProperty("payloadsPerDelivery").GetDouble(), 1, 1.1);
        Assert.InRange(routes.GetProperty("meanExtraHops").GetDouble(), 0, 1);
        Assert.InRange(routes.GetProperty("medianDelayMs").GetDouble(), 1, routes.GetProperty("delay99Ms").GetDouble());

        var flood = Report($"{Line} --redundancy all").GetProperty("whole");
        // 2E - N + 1 for each message: 37 for 11 deliveries. Two ends that send at once are counted, too.
        Assert.InRange(flood.GetProperty("payloadsPerDelivery").GetDouble(), 3, 37.0 / 11);
        Assert.InRange(
            flood.GetProperty("longestDelayMs").GetDouble(), 1, routes.GetProperty("longestDelayMs").GetDouble() + 1);
    }

    [Theory]
    [InlineData("--blackhole 5:3:3")]
    [InlineData("--freeze 5:3:3")]
    [InlineData("--crash 5:60:3")]
    public void A_repair_is_timed_against_the_plain_flood_with_the_same_faults(string fault)
    {
        const string Line = "--nodes 12 --topology random:4 --messages 400 --interval 20 --json";
        Assert.InRange(Report($"{Line} {fault}").GetProperty("repairMs").GetDouble(), 1, 300);
        Assert.Equal(JsonValueKind.Null, Report(Line).GetProperty("repairMs").ValueKind);
        Assert.Contains("repair time", Run($"{Line} {fault}".Replace(" --json", "")).Output);
    }

    [Fact]
    public void A_slow_link_is_slow_and_gets_well_again()
    {
        var slow = Report("--nodes 2 --topology line --messages 200 --interval 20 --slow-link 2:1:1:0:100 --json");
        Assert.InRange(slow.GetProperty("whole").GetProperty("longestDelayMs").GetDouble(), 101, 110);
        Assert.InRange(slow.GetProperty("secondHalf").GetProperty("longestDelayMs").GetDouble(), 1, 5);
    }

    private static JsonElement Report(string line)
    {
        var (exit, text, error) = Run(line);
        Assert.Equal((0, ""), (exit, error));
        return JsonDocument.Parse(text).RootElement;
    }

    [Theory]
    [InlineData("--nodes many", "--nodes takes a number from 1")]
    [InlineData("--nodes", "needs a value")]
    [InlineData("--speed 3", "unknown option '--speed'")]
    [InlineData("--topology web", "is no topology")]
    [InlineData("--loss 0.1 --direct", "no faults")]
    [InlineData("--crash 1:2:100", "no node 100")]
    [InlineData("--blackhole 1:2:100", "no node 100")]
    [InlineData("--nodes 9 --topology ring --slow-link 1:2:0:4:10", "no link between 0 and 4")]
    [InlineData("--direct --redundancy 0", "--direct is the plain flood")]
    [InlineData("--redundancy 17", "--redundancy takes a number from 0 to 16")]
    public void Bad_usage_is_one_clear_line_and_exit_code_2(string line, string says)
    {
        var (exit, output, error) = Run(line);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains(says, error);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void Random_schedules_can_be_run_from_the_command_line()
    {
        var (exit, text, _) = Run("--schedules 3 --seed 5");
        Assert.Equal((0, "3 schedules from seed 5: 0 broke a guarantee"), (exit, text.Trim()));
    }
}

using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FloodActors.Host.Http;

/// <summary>
/// Serves a page to look at the node, its metrics, its health, and a small API. There is no login: whoever reaches the address may read and
/// append, which is why it is the loopback address unless the user says otherwise. What a browser can be talked into by other sites is kept
/// out: requests must name this host, and what changes something must come as JSON, which other sites cannot send.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MetricsText _metrics;

    private HttpServer(WebApplication app, MetricsText metrics, string url) => (_app, _metrics, Url) = (app, metrics, url);

    public string Url { get; }

    /// <exception cref="HostException">The port is in use, or the address is not one of this machine.</exception>
    public static async Task<HttpServer> Start(Node node, HttpAddress at)
    {
        var address = await at.Resolve();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            // A body may be escaped, six bytes for one.
            options.Limits.MaxRequestBodySize = (6L * node.Flood.Settings.MaxMessageSize) + 4096;
            options.Limits.MaxConcurrentConnections = 256;
            options.Listen(address, at.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var metrics = new MetricsText();
        Map(app, node, at, metrics);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            metrics.Dispose();
            await node.LeaveAsync();
            throw HostException.Usage($"--http: cannot listen on {at.Host}:{at.Port}: {(e.InnerException ?? e).Message}", e);
        }
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new HttpServer(app, metrics, bound);
    }

    public async ValueTask DisposeAsync()
    {
        // Streams of events have no end of their own.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _metrics.Dispose();
    }

    private static void Map(WebApplication app, Node node, HttpAddress at, MetricsText metrics)
    {
        var page = Page();
        var policy = PolicyFor(page);
        app.Use(async (context, next) =>
        {
            if (!at.Allows(context.Request.Host.Host))
            {
                await Plain(context, StatusCodes.Status421MisdirectedRequest, $"This node is not '{context.Request.Host.Host}'.");
                return;
            }
            context.Response.Headers.ContentSecurityPolicy = policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Headers.CacheControl = "no-store";
            await next(context);
        });
        var api = new Api(node);
        app.MapGet("/", context => Write(context, "text/html; charset=utf-8", page));
        app.MapGet("/healthz", api.Health);
        app.MapGet("/metrics", context => Write(context, "text/plain; version=0.0.4; charset=utf-8", metrics.Collect()));
        app.MapGet("/api/node", api.Node);
        app.MapGet("/api/peers", api.Peers);
        app.MapGet("/api/data", api.Data);
        app.MapGet("/api/stats", api.Stats);
        app.MapGet("/api/events", api.Events);
        app.MapPost("/api/messages", api.Append);
    }

    internal static Task Plain(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return Write(context, "text/plain; charset=utf-8", text + "\n");
    }

    private static Task Write(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static string Page()
    {
        using var stream = typeof(HttpServer).Assembly.GetManifestResourceStream("FloodActors.Host.page.html")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Only the page's own script and style run, and they reach nobody but this node: what peers send is shown, never run.</summary>
    private static string PolicyFor(string page) =>
        $"default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src '{HashOf(page, "script")}'; style-src '{HashOf(page, "style")}'";

    private static string HashOf(string page, string element)
    {
        var start = page.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var end = page.IndexOf($"</{element}>", StringComparison.Ordinal);
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(page[start..end])))}";
    }
}

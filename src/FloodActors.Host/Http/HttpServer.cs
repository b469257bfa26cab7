using System.Net;
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
/// Serves a page to look at the node, its metrics, its health, and a small API. There is no login: everybody who
/// reaches the address may read and append, which is why it is the loopback address by default. Requests that other
/// sites trick a browser into sending are refused: requests must name this host, and requests that change something
/// must be JSON, which other sites cannot send.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    /// <summary>Bytes that a connection holds in each direction before it waits.</summary>
    private const int ConnectionBuffer = 64 << 10;

    private readonly WebApplication _app;
    private readonly MetricsText _metrics;

    private HttpServer(WebApplication app, MetricsText metrics, string url) =>
        (_app, _metrics, Url) = (app, metrics, url);

    public string Url { get; }

    /// <exception cref="HostException">The port is in use, or the address is not one of this machine.</exception>
    public static async Task<HttpServer> Start(Node node, HostPort at, HttpSettings settings)
    {
        var address = await Resolve(at);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = settings.LargestBody(node.Flood.Settings);
            options.Limits.MaxConcurrentConnections = settings.MaxConnections;
            // Otherwise 1 MiB of a body per connection would be outside the budget.
            options.Limits.MaxRequestBufferSize = ConnectionBuffer;
            options.Limits.MaxResponseBufferSize = ConnectionBuffer;
            options.Listen(address, at.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var metrics = new MetricsText();
        Map(app, new Api(node, settings), [at.Host, HostOf(node.Address)], metrics);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            metrics.Dispose();
            throw HostException.Usage($"--http: cannot listen on {at}: {(e.InnerException ?? e).Message}", e);
        }
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new HttpServer(app, metrics, bound.First());
    }

    public async ValueTask DisposeAsync()
    {
        // Streams of events have no end of their own.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _metrics.Dispose();
    }

    private static void Map(WebApplication app, Api api, string[] names, MetricsText metrics)
    {
        var page = Page();
        var policy = PolicyFor(page);
        app.Use(async (context, next) =>
        {
            if (!Allows(names, context.Request.Host.Host))
            {
                await Replies.Plain(
                    context,
                    StatusCodes.Status421MisdirectedRequest,
                    $"This node is not '{context.Request.Host.Host}'.");
                return;
            }
            context.Response.Headers.ContentSecurityPolicy = policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Headers.CacheControl = "no-store";
            await next(context);
        });
        app.MapGet("/", context => Replies.Text(context, "text/html; charset=utf-8", page));
        app.MapGet("/healthz", api.Health);
        app.MapGet(
            "/metrics",
            context => Replies.Text(context, "text/plain; version=0.0.4; charset=utf-8", metrics.Collect()));
        app.MapGet("/api/node", api.Node);
        app.MapGet("/api/peers", api.Peers);
        app.MapGet("/api/data", api.Data);
        app.MapGet("/api/stats", api.Stats);
        app.MapGet("/api/events", api.Events);
        app.MapGet("/api/page", api.Page);
        app.MapPost("/api/messages", api.Append);
    }

    /// <exception cref="HostException">The host name is not known.</exception>
    private static async Task<IPAddress> Resolve(HostPort at)
    {
        if (IPAddress.TryParse(at.Host, out var address)) return address;
        try
        {
            var all = await Dns.GetHostAddressesAsync(at.Host);
            return all.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? all[0];
        }
        catch (SocketException e)
        {
            throw HostException.Usage($"--http: the host name '{at.Host}' is not known.", e);
        }
    }

    /// <summary>
    /// Whether a request may name this host. A page of another site whose name was made to resolve to this host
    /// (DNS rebinding) names that site; a numeric address cannot be redirected, and the node's own names are trusted.
    /// </summary>
    private static bool Allows(string[] names, string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out _)
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || names.Contains(host, StringComparer.OrdinalIgnoreCase);

    private static string HostOf(string address) => address[..address.LastIndexOf(':')];

    private static string Page()
    {
        using var stream = typeof(HttpServer).Assembly.GetManifestResourceStream("FloodActors.Host.page.html")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>
    /// Only the page's own script and style run, and they can reach only this node: what peers send is shown,
    /// never run.
    /// </summary>
    private static string PolicyFor(string page) =>
        "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        + $"frame-ancestors 'none'; script-src '{HashOf(page, "script")}'; style-src '{HashOf(page, "style")}'";

    private static string HashOf(string page, string element)
    {
        var start = page.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var end = page.IndexOf($"</{element}>", StringComparison.Ordinal);
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(page[start..end])))}";
    }
}

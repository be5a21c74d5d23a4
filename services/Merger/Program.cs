using Graft.Hosting;
using Graft.Merger;

var builder = WebApplication.CreateBuilder(args);
builder.AddGraftHosting();
builder.AddMerger();

var app = builder.Build();
app.MapGraftHosting();
app.MapMerger();
await app.RunAsync();

using Graft.Hosting;
using Graft.VectorStore;

var builder = WebApplication.CreateBuilder(args);
builder.AddGraftHosting();
builder.AddVectorStore();

var app = builder.Build();
app.MapGraftHosting();
app.MapVectorStore();
await app.RunAsync();

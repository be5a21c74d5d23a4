using Graft.Hosting;
using Graft.Trainer;

var builder = WebApplication.CreateBuilder(args);
builder.AddGraftHosting();
builder.AddTrainer();

var app = builder.Build();
app.MapGraftHosting();
app.MapTrainer();
await app.RunAsync();

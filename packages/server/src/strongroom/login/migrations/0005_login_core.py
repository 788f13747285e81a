from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ("login", "0004_email_challenges"),
    ]

    operations = [
        migrations.DeleteModel(name="Failures"),
        migrations.CreateModel(
            name="Failures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=8)),
                ("source", models.CharField(max_length=36)),
                ("recent", models.JSONField(default=list)),
                ("last_at", models.DateTimeField()),
                ("locked_until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["last_at"], name="failures_age")],
                "constraints": [models.UniqueConstraint(fields=("name", "source"), name="failures_once")],
            },
        ),
        migrations.AddField(
            model_name="challenge",
            name="kind",
            field=models.CharField(blank=True, choices=[('sms', 'Sms'), ('voice', 'Voice'), ('app', 'App'), ('card', 'Card'), ('code-card', 'Code Card'), ('temporary', 'Temporary'), ('passkey', 'Passkey'), ('totp', 'Totp'), ('recovery', 'Recovery')], default="", max_length=12),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="cools_down",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="loginevent",
            name="user",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="login_events", to="directory.user"),
        ),
    ]

import { Module } from "@nestjs/common";
import { JwtModule } from "@nestjs/jwt";
import { TypeOrmModule } from "@nestjs/typeorm";

import { ChatGateway } from "./chat.gateway";
import { SessionsService } from "./sessions.service";
import { User } from "./user.entity";

const { env } = process;

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: "postgres",
      host: env.DB_HOST,
      port: Number(env.DB_PORT),
      database: env.DB_NAME,
      username: env.DB_USERNAME,
      password: env.DB_PASSWORD,
      autoLoadEntities: true,
      synchronize: true,
    }),
    TypeOrmModule.forFeature([User]),
    JwtModule.register({ secret: env.JWT_SECRET, signOptions: { expiresIn: "2h" } }),
  ],
  providers: [ChatGateway, SessionsService],
})
export class AppModule {}
